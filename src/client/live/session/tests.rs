//! What a session does at each event.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bounds;
mod model;

use super::*;
use crate::{
    client::live::reading::tests::line,
    wire::{
        CallId, Code, ErrorRecord,
        frame::{Invite, Reason, ServerFrame, Welcome},
    },
};

const SECOND: Duration = Duration::from_secs(1);

fn welcome() -> ServerFrame {
    ServerFrame::Welcome(Welcome {
        login: None,
        guest: Some("bob@example.org".into()),
        device: None,
        conversation: Some("c".parse().unwrap()),
        conversations: vec![],
        notices: vec![],
        epoch: None,
    })
}

fn say(id: &str) -> Event {
    wish(ClientFrame::Line {
        conversation: "c".parse().unwrap(),
        id: id.parse().unwrap(),
        text: Some(id.into()),
        sealed: None,
    })
}

fn wish(frame: ClientFrame) -> Event {
    Event::Wish(Wish::Send(frame, None))
}

fn frame(frame: ServerFrame) -> Event {
    Event::Frame(Box::new(frame))
}

fn session(role: Role, pace: Pace) -> Session {
    Session::new(Hello { role, ..Hello::default() }, "http://ch".into(), [], pace, 7)
}

fn actions(session: &mut Session) -> Vec<Action> {
    std::iter::from_fn(|| session.action()).collect()
}

fn sent(session: &mut Session) -> Vec<ClientFrame> {
    let sent = actions(session).into_iter().filter_map(|action| match action {
        Action::Send(frame) => Some(frame),
        _ => None,
    });
    sent.collect()
}

/// Connected and welcomed, nothing left to do.
fn up(role: Role, pace: Pace) -> Session {
    let mut session = session(role, pace);
    for event in [Event::Tick, Event::Connected, frame(welcome())] {
        session.on(event, Duration::ZERO);
    }
    actions(&mut session);
    session
}

fn error(code: Code, retry: Option<u32>) -> ErrorRecord {
    ErrorRecord { retry, ..ErrorRecord::new(code, "no") }
}

#[test]
fn a_lost_connection_is_tried_again_at_once() {
    let mut session = up(Role::Agent, Pace::default());
    session.on(Event::Lost("reset".into()), 5 * SECOND);
    assert_eq!(actions(&mut session), [Action::Show(Shown::Lost("reset".into())), Action::Connect]);
    session.on(Event::Lost("refused".into()), 5 * SECOND);
    assert!(actions(&mut session).is_empty(), "told once; the second try waits");
    let wait = session.wake(5 * SECOND).unwrap() - 5 * SECOND;
    assert!(wait > Duration::ZERO && wait <= SECOND / 4, "{wait:?}");
}

#[test]
fn silence_is_a_loss_and_a_ping_is_asked_for_before() {
    let mut session = up(Role::Agent, Pace::default());
    session.on(Event::Tick, 25 * SECOND);
    assert_eq!(actions(&mut session), [Action::Ping]);
    session.on(Event::Alive, 26 * SECOND);
    session.on(Event::Tick, 85 * SECOND);
    assert_eq!(actions(&mut session), [Action::Ping]);
    session.on(Event::Tick, 86 * SECOND);
    let lost = Action::Show(Shown::Lost("nothing heard for 60 s".into()));
    assert_eq!(actions(&mut session), [Action::Close, lost]);
    assert_eq!(session.wake(86 * SECOND), Some(86 * SECOND), "at once");
}

#[test]
fn a_first_connection_that_fails_is_final_for_a_caller_and_not_for_an_agent() {
    let mut caller = session(Role::Caller, Pace { first: Some(Duration::ZERO), ..Pace::default() });
    caller.on(Event::Tick, Duration::ZERO);
    caller.on(Event::Lost("refused".into()), Duration::ZERO);
    let Some(Action::Stop(Err(error))) = actions(&mut caller).pop() else { panic!() };
    assert!(error.is_transient());
    let mut agent = session(Role::Agent, Pace::default());
    for minute in 0..600 {
        agent.on(Event::Tick, minute * 60 * SECOND);
        assert!(actions(&mut agent).contains(&Action::Connect), "{minute}");
        agent.on(Event::Lost("refused".into()), minute * 60 * SECOND);
    }
}

#[test]
fn a_refusal_is_final() {
    for code in [Code::Unauthorized, Code::BadTicket, Code::Forbidden, Code::Withdrawn] {
        let mut session = session(Role::Agent, Pace::default());
        for event in [Event::Tick, Event::Connected, frame(ServerFrame::Error(error(code, None)))] {
            session.on(event, Duration::ZERO);
        }
        assert_eq!(
            actions(&mut session).pop(),
            Some(Action::Stop(Err(LiveError::Refused(error(code, None)))))
        );
    }
    let mut session = up(Role::Agent, Pace::default());
    session.on(frame(ServerFrame::Error(error(Code::Unauthorized, None))), SECOND);
    assert!(matches!(actions(&mut session).pop(), Some(Action::Stop(Err(LiveError::Refused(_))))));
}

#[test]
fn a_server_that_is_busy_is_asked_again_when_it_says() {
    let mut session = session(Role::Agent, Pace::default());
    let busy = ServerFrame::Error(error(Code::Unavailable, Some(9)));
    for event in [Event::Tick, Event::Connected, frame(busy)] {
        session.on(event, Duration::ZERO);
    }
    assert_eq!(session.wake(Duration::ZERO), Some(9 * SECOND));
}

#[test]
fn garbage_ends_in_a_clear_error() {
    let mut session = up(Role::Agent, Pace::default());
    for second in 1..=3 {
        session.on(Event::Garbage("not JSON".into()), second * 10 * SECOND);
        session.on(Event::Tick, second * 10 * SECOND + SECOND);
        session.on(Event::Connected, second * 10 * SECOND + SECOND);
        session.on(frame(welcome()), second * 10 * SECOND + SECOND);
    }
    let actions = actions(&mut session);
    assert!(matches!(actions.last(), Some(Action::Stop(Err(LiveError::Protocol { .. })))), "{actions:?}");
}

#[test]
fn a_call_is_taken_up_again_and_ends_once() {
    let call: CallId = "k".parse().unwrap();
    let invite = ClientFrame::Invite(Invite::new(call.clone()));
    let mut session = up(Role::Caller, Pace::default());
    session.on(wish(invite.clone()), SECOND);
    assert_eq!(sent(&mut session), std::slice::from_ref(&invite));
    for event in [Event::Lost("reset".into()), Event::Connected, frame(welcome())] {
        session.on(event, 2 * SECOND);
    }
    assert_eq!(sent(&mut session).pop(), Some(invite));
    let ended = ServerFrame::Ended {
        call,
        conversation: "c".parse().unwrap(),
        reason: Reason::Off,
        notice: None,
        retry: None,
    };
    session.on(frame(ended), 3 * SECOND);
    for event in [Event::Lost("reset".into()), Event::Connected, frame(welcome())] {
        session.on(event, 4 * SECOND);
    }
    assert!(!sent(&mut session).iter().any(|frame| matches!(frame, ClientFrame::Invite(_))));
}

#[test]
fn an_agent_that_ends_says_so_after_everything_said_is_acknowledged() {
    let mut session = up(Role::Agent, Pace::default());
    session.on(say("1"), SECOND);
    session.on(Event::Wish(Wish::Finish), SECOND);
    assert_eq!(sent(&mut session).len(), 1);
    session.on(frame(ack("1", 1)), SECOND);
    let off = Action::Send(ClientFrame::Presence { state: Presence::Off });
    let actions = actions(&mut session);
    assert_eq!(actions[actions.len() - 3..], [off, Action::Close, Action::Stop(Ok(()))]);
}

#[test]
fn a_gap_is_asked_for_and_then_given_up() {
    let mut session = up(Role::Agent, Pace::default());
    session.on(frame(ServerFrame::Line(line(1))), SECOND);
    actions(&mut session);
    session.on(frame(ServerFrame::Line(line(4))), SECOND);
    assert!(actions(&mut session).is_empty(), "held back");
    assert_eq!(session.wake(SECOND), Some(2 * SECOND));
    session.on(Event::Tick, 2 * SECOND);
    let history =
        ClientFrame::History { conversation: "c".parse().unwrap(), before: Some(4), limit: Some(2) };
    assert_eq!(sent(&mut session), [history]);
    session.on(frame(ServerFrame::Line(line(3))), 2 * SECOND);
    session.on(frame(ServerFrame::Complete { conversation: "c".parse().unwrap() }), 2 * SECOND);
    let again = ClientFrame::History { conversation: "c".parse().unwrap(), before: Some(3), limit: Some(1) };
    assert_eq!(sent(&mut session), [again], "one more page");
    session.on(frame(ServerFrame::Complete { conversation: "c".parse().unwrap() }), 2 * SECOND);
    let shown: Vec<_> = actions(&mut session).into_iter().filter_map(position).collect();
    assert_eq!(shown, [3, 4]);
}

#[test]
fn old_lines_are_shown_when_the_person_asks_for_them() {
    let mut session = up(Role::Caller, Pace::default());
    session.on(frame(ServerFrame::Line(line(1))), SECOND);
    session.on(frame(ServerFrame::Complete { conversation: "c".parse().unwrap() }), SECOND);
    actions(&mut session);
    session.on(frame(ServerFrame::Line(line(1))), SECOND);
    assert!(actions(&mut session).is_empty());
    session.on(
        wish(ClientFrame::History { conversation: "c".parse().unwrap(), before: None, limit: None }),
        SECOND,
    );
    session.on(frame(ServerFrame::Line(line(1))), SECOND);
    session.on(frame(ServerFrame::Complete { conversation: "c".parse().unwrap() }), SECOND);
    assert_eq!(actions(&mut session).into_iter().filter_map(position).collect::<Vec<_>>(), [1]);
}

#[test]
fn a_line_that_no_server_takes_is_refused_here() {
    let mut session = up(Role::Caller, Pace::default());
    let long = ClientFrame::Line {
        conversation: "c".parse().unwrap(),
        id: "1".parse().unwrap(),
        text: Some("\u{1}".repeat(limits::LINE_TEXT)),
        sealed: None,
    };
    session.on(wish(long), SECOND);
    let actions = actions(&mut session);
    let [Action::Show(Shown::Frame { frame, .. })] = &actions[..] else { panic!("{actions:?}") };
    assert!(
        matches!(&**frame, ServerFrame::Error(error) if error.code == Code::TooLarge && error.id.is_some())
    );
}

#[test]
fn a_line_refused_for_good_is_told_and_not_said_again() {
    let mut session = up(Role::Caller, Pace::default());
    session.on(say("1"), SECOND);
    actions(&mut session);
    let refused =
        ErrorRecord { id: Some("1".parse().unwrap()), ..ErrorRecord::new(Code::TooLarge, "too long") };
    session.on(frame(ServerFrame::Error(refused)), SECOND);
    assert!(matches!(&actions(&mut session)[..], [Action::Show(Shown::Frame { .. })]));
    for event in [Event::Lost("reset".into()), Event::Connected, frame(welcome())] {
        session.on(event, 2 * SECOND);
    }
    assert!(!sent(&mut session).iter().any(|frame| matches!(frame, ClientFrame::Line { .. })));
}

fn ack(id: &str, position: u64) -> ServerFrame {
    ServerFrame::Ack {
        conversation: "c".parse().unwrap(),
        id: Some(id.parse().unwrap()),
        position: Some(position),
        received: None,
        read: None,
    }
}

fn position(action: Action) -> Option<u64> {
    match action {
        Action::Show(Shown::Frame { frame, .. }) => match *frame {
            ServerFrame::Line(line) => Some(line.position),
            _ => None,
        },
        _ => None,
    }
}
