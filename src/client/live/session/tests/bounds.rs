//! What a session holds and follows is bounded, whatever the server says; and what it says in `hello`.

use super::*;
use crate::wire::{
    ConversationId, Epoch,
    frame::{Line, Path, Ring},
};

/// A session's positions that were known before, none of them anything else.
fn known(role: Role, known: Vec<(ConversationId, u64)>) -> Session {
    Session::new(Hello { role, ..Hello::default() }, "http://ch".into(), known, Pace::default(), 7)
}

fn id(text: impl std::fmt::Display) -> ConversationId {
    text.to_string().parse().unwrap()
}

fn line_in(conversation: &ConversationId, position: u64, text: &str) -> Event {
    let text = Some(text.to_owned());
    frame(ServerFrame::Line(Line { conversation: conversation.clone(), text, ..line(position) }))
}

fn answered(call: &str, conversation: &ConversationId) -> Event {
    let (call, conversation) = (call.parse().unwrap(), conversation.clone());
    frame(ServerFrame::Answered { call, conversation, path: Path::Relay, peer: "bob".into() })
}

fn ring(call: &str, conversation: &ConversationId) -> Event {
    frame(ServerFrame::Invite(Ring {
        call: call.parse().unwrap(),
        conversation: conversation.clone(),
        from: "bob".into(),
        login: None,
        subject: None,
        message_id: None,
        ring: 120,
        knock: None,
        silent: false,
    }))
}

/// Connected anew: what `hello` resumes.
fn resumed(session: &mut Session) -> Vec<(String, u64)> {
    session.on(Event::Lost("reset".into()), SECOND);
    session.on(Event::Tick, 9 * SECOND);
    session.on(Event::Connected, 9 * SECOND);
    let Some(ClientFrame::Hello(hello)) = sent(session).pop() else { panic!() };
    assert!(crate::wire::to_json(&ClientFrame::Hello(hello.clone())).unwrap().len() < limits::FRAME);
    hello.resume.into_iter().map(|resume| (resume.conversation.to_string(), resume.received)).collect()
}

fn shown(session: &mut Session) -> Vec<u64> {
    actions(session).into_iter().filter_map(position).collect()
}

#[test]
fn a_server_that_leaves_gaps_everywhere_cannot_fill_the_memory() {
    let mut session = up(Role::Agent, Pace::default());
    let text = "x".repeat(16 * 1024);
    for conversation in 0..20 {
        session.on(line_in(&id(conversation), 1, "first"), SECOND);
        for position in 3..103 {
            session.on(line_in(&id(conversation), position, &text), SECOND);
        }
    }
    assert_eq!(shown(&mut session), [1; 20]);
    assert!(session.follow.held() <= 4 << 20, "{}", session.follow.held());
    // What was let go of is not lost: it counts as missing, and is asked for once its turn comes.
    session.on(line_in(&id(19), 2, "second"), SECOND);
    let told = shown(&mut session);
    assert!(told.iter().copied().eq(2..2 + told.len() as u64), "{told:?}");
    session.on(Event::Tick, 3 * SECOND);
    let next = 2 + told.len() as u64;
    let asked = sent(&mut session).into_iter().any(|frame| match frame {
        ClientFrame::History { conversation, before, limit } => {
            conversation == id(19) && (before, limit) == (Some(103), Some((103 - next) as u32))
        }
        _ => false,
    });
    assert!(asked, "from {next}");
}

#[test]
fn what_is_missing_is_asked_for_from_its_beginning_page_by_page() {
    let mut session = known(Role::Agent, vec![(id("c"), 5)]);
    for event in [Event::Tick, Event::Connected, frame(welcome())] {
        session.on(event, Duration::ZERO);
    }
    session.on(line_in(&id("c"), 2_500, "far ahead"), SECOND);
    session.on(Event::Tick, 2 * SECOND);
    for (from, to) in [(6, 1006), (1006, 2006), (2006, 2500)] {
        let Some(ClientFrame::History { before, limit, .. }) = sent(&mut session).pop() else { panic!() };
        assert_eq!((before, limit), (Some(to), Some((to - from) as u32)));
        for position in from..to {
            session.on(line_in(&id("c"), position, "x"), 2 * SECOND);
        }
        let last = if to == 2500 { 2501 } else { to };
        assert!(shown(&mut session).into_iter().eq(from..last), "as they come, {from}");
        session.on(frame(ServerFrame::Complete { conversation: id("c") }), 2 * SECOND);
    }
}

#[test]
fn only_conversations_asked_for_or_rung_in_are_followed_for_the_servers_word_alone() {
    let mut caller = up(Role::Caller, Pace::default());
    caller.on(answered("foreign", &id("x")), SECOND);
    caller.on(line_in(&id("x"), 1, "boo"), SECOND);
    assert_eq!(shown(&mut caller), [0_u64; 0], "a call nobody here placed");
    assert!(!caller.follow.is_followed(&id("x")));

    let mut agent = up(Role::Agent, Pace::default());
    agent.on(ring("k", &id("rung")), SECOND);
    agent.on(answered("k", &id("rung")), SECOND);
    agent.on(answered("foreign", &id("x")), SECOND);
    assert!(agent.follow.is_followed(&id("rung")) && !agent.follow.is_followed(&id("x")));
    for conversation in 0..5_000 {
        agent.on(line_in(&id(conversation), 1, "boo"), SECOND);
    }
    let followed = (0..5_000).filter(|conversation| agent.follow.is_followed(&id(conversation))).count();
    assert_eq!(followed, 1_000, "by a line alone");
    assert_eq!(shown(&mut agent).len(), 5_000, "shown all the same");
}

#[test]
fn hello_resumes_the_latest_conversations_and_always_those_with_a_call() {
    // The latest first, as the store gives them; by name they would be the last.
    let before = (0..3_000).rev().map(|number| (id(format!("{number:022}")), number)).collect();
    let mut session = known(Role::Agent, before);
    for event in [Event::Tick, Event::Connected, frame(welcome())] {
        session.on(event, Duration::ZERO);
    }
    // A call in the very oldest, and a line in the one after it.
    session.on(ring("k", &id(format!("{:022}", 0))), SECOND);
    session.on(answered("k", &id(format!("{:022}", 0))), SECOND);
    session.on(line_in(&id(format!("{:022}", 1)), 2, "hello"), SECOND);
    actions(&mut session);
    let places = resumed(&mut session);
    assert!((900..=limits::RESUME).contains(&places.len()), "{}", places.len());
    assert_eq!(places[0], (format!("{:022}", 0), 0), "the call");
    assert_eq!(places[1], (format!("{:022}", 1), 2), "the latest line");
    assert!(places.iter().any(|(id, received)| *id == format!("{:022}", 2_999) && *received == 2_999));
    assert!(!places.iter().any(|(id, _)| *id == format!("{:022}", 2)));
}

fn welcome_in(epoch: &str) -> Event {
    let ServerFrame::Welcome(mut welcome) = welcome() else { panic!() };
    welcome.epoch = Some(epoch.parse::<Epoch>().unwrap());
    frame(ServerFrame::Welcome(welcome))
}

#[test]
fn in_another_epoch_the_server_says_where_a_conversation_goes_on() {
    for role in [Role::Agent, Role::Caller] {
        let mut session = known(role, vec![]);
        for event in [Event::Tick, Event::Connected, welcome_in("one"), line_in(&id("c"), 10, "ten")] {
            session.on(event, Duration::ZERO);
        }
        assert_eq!(shown(&mut session), [10]);
        session.on(say("mine"), SECOND);
        assert_eq!(resumed(&mut session), [("c".to_owned(), 10)]);
        // An older backup was brought back: the server is at 5, and told again from 4 on.
        session.on(welcome_in("two"), 9 * SECOND);
        let again = sent(&mut session);
        assert!(again.iter().any(|frame| matches!(frame, ClientFrame::Line { .. })), "{again:?}");
        for position in [4, 5, 6] {
            session.on(line_in(&id("c"), position, "x"), 9 * SECOND);
        }
        assert_eq!(shown(&mut session), [4, 5, 6]);
        session.on(frame(ack("mine", 7)), 9 * SECOND);
        actions(&mut session);
        assert_eq!(resumed(&mut session), [("c".to_owned(), 7)]);
    }
}
