//! The courses of a caller and an agent, event by event.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use super::{
    agent::Manner,
    caller::Plan,
    course::{Here, Said},
    typed::Typed,
    *,
};
use crate::{
    client::live::Gate,
    wire::{
        Code, ErrorRecord, Time,
        frame::{ClientFrame, Knock, Path, Reason, Ring, ServerFrame, Welcome},
        record::{Missed, Notice, Presence},
    },
};

const NOW: Duration = Duration::ZERO;

fn said(text: &str) -> Said {
    Said { id: text.replace(' ', "-").parse().unwrap(), text: Some(text.into()), sealed: None }
}

fn caller(leave: Option<&str>) -> Caller {
    Caller::new(Plan {
        call: "k".parse().unwrap(),
        login: None,
        peer: Some("alice".into()),
        ring: None,
        give_up: None,
        until_on: false,
        leave: leave.map(said),
    })
}

fn welcome(notices: Vec<Notice>) -> ServerFrame {
    ServerFrame::Welcome(Welcome {
        login: Some("alice".parse().unwrap()),
        guest: None,
        device: None,
        conversation: Some("c".parse().unwrap()),
        conversations: vec![],
        notices,
        epoch: None,
    })
}

fn presence(state: Presence) -> ServerFrame {
    ServerFrame::Presence { call: Some("k".parse().unwrap()), login: None, state }
}

fn answered() -> ServerFrame {
    ServerFrame::Answered {
        call: "k".parse().unwrap(),
        conversation: "c".parse().unwrap(),
        path: Path::Relay,
        peer: "alice".into(),
    }
}

fn ended(reason: Reason, notice: bool) -> ServerFrame {
    ServerFrame::Ended {
        call: "k".parse().unwrap(),
        conversation: "c".parse().unwrap(),
        reason,
        notice: notice.then(|| "n".parse().unwrap()),
        retry: None,
    }
}

fn ring(knock: Option<Knock>, silent: bool) -> ServerFrame {
    ServerFrame::Invite(Ring {
        call: "k".parse().unwrap(),
        conversation: "c".parse().unwrap(),
        from: "bob@example.org".into(),
        login: None,
        subject: Some("Boots".into()),
        message_id: None,
        ring: 120,
        knock,
        silent,
    })
}

fn notice(id: &str) -> Notice {
    Notice {
        id: id.parse().unwrap(),
        conversation: "c".parse().unwrap(),
        from: "bob@example.org".into(),
        subject: None,
        message_id: None,
        reason: Missed::Off,
        line: None,
        count: 1,
        at: Time(0),
    }
}

/// What is done, in short: `tell …`, the type of what is sent, …
fn short(doing: Vec<Do>) -> Vec<String> {
    let short = |one| match one {
        Do::Tell(line) => format!("tell {line}"),
        Do::Report(error) => format!("report {}", error.message),
        Do::Complain(why) => format!("complain {why}"),
        Do::Send(ClientFrame::Line { text, .. }, _) => format!("line {}", text.unwrap_or_default()),
        Do::Send(ClientFrame::Presence { state }, _) => format!("presence {state:?}"),
        Do::Send(frame, _) => {
            let frame = serde_json::to_value(frame).unwrap();
            frame["type"].as_str().unwrap().to_owned()
        }
        Do::Notice(notice) => format!("notice {}", notice.id),
        Do::Seen(_) => "seen".into(),
        Do::Alarm(alarm) => format!("alarm {}", alarm.call),
        Do::Hush(call) => format!("hush {call}"),
        Do::Finish(_) => "finish".into(),
    };
    doing.into_iter().map(short).collect()
}

fn shown(course: &mut dyn Course, frame: &ServerFrame) -> Vec<String> {
    short(course.shown(frame, NOW))
}

#[test]
fn what_was_said_before_the_call_is_placed_goes_before_it() {
    let gate = Gate::new(2);
    let mut caller = caller(Some("left"));
    assert!(caller.said(said("typed early"), gate.pass()).is_empty());
    assert_eq!(shown(&mut caller, &welcome(vec![])), ["line left", "line typed early", "invite"]);
    assert_eq!(short(caller.said(said("later"), gate.pass())), ["line later"]);
    assert!(shown(&mut caller, &welcome(vec![])).is_empty(), "the session takes the call up again itself");
}

#[test]
fn the_outcome_is_told_and_decides() {
    for (reason, left, words) in [
        (Reason::Off, true, "tell alice is off; alice will be told"),
        (Reason::Off, false, "tell alice is off"),
        (Reason::Declined, false, "tell alice declined"),
        (Reason::Busy, true, "tell alice is busy; alice will be told"),
        (Reason::Expired, true, "tell no answer from alice; alice will be told"),
        (Reason::Cancelled, true, "tell cancelled; alice will be told"),
    ] {
        let mut caller = caller(None);
        shown(&mut caller, &welcome(vec![]));
        assert_eq!(shown(&mut caller, &presence(Presence::Online)), ["tell calling alice…"]);
        assert!(shown(&mut caller, &presence(Presence::Online)).is_empty());
        assert_eq!(shown(&mut caller, &ended(reason, left)), [words, "finish"]);
        assert!(shown(&mut caller, &ended(reason, left)).is_empty(), "once");
        assert_eq!(caller.outcome(), Outcome::No);
    }
    let mut caller = caller(None);
    shown(&mut caller, &welcome(vec![]));
    let ringing = ServerFrame::Ringing { call: "k".parse().unwrap() };
    assert_eq!(shown(&mut caller, &ringing), ["tell ringing…"]);
    assert!(shown(&mut caller, &ringing).is_empty());
    assert_eq!(shown(&mut caller, &answered()), ["tell alice answered"]);
    assert!(shown(&mut caller, &answered()).is_empty(), "taken up again after a drop");
    assert_eq!(shown(&mut caller, &ended(Reason::Bye, false)), ["tell alice hung up", "finish"]);
    assert_eq!(caller.outcome(), Outcome::Done);
}

#[test]
fn the_end_of_input_never_cancels_a_call_that_rings_and_hangs_up_an_answered_one() {
    let mut early = caller(None);
    shown(&mut early, &welcome(vec![]));
    assert!(early.end_of_input().is_empty());
    assert_eq!(shown(&mut early, &answered()), ["tell alice answered", "bye"]);
    assert_eq!(shown(&mut early, &ended(Reason::Bye, false)), ["tell the chat is over", "finish"]);
    assert_eq!(early.outcome(), Outcome::Done);
    let mut later = caller(None);
    shown(&mut later, &welcome(vec![]));
    shown(&mut later, &answered());
    assert_eq!(short(later.end_of_input()), ["bye"]);
}

#[test]
fn a_person_who_gives_up_cancels_and_one_who_talks_hangs_up() {
    let mut pending = caller(None);
    shown(&mut pending, &welcome(vec![]));
    assert_eq!(short(pending.stop()), ["cancel", "finish"]);
    assert_eq!(pending.outcome(), Outcome::No);
    let not_found = ErrorRecord {
        call: Some("k".parse().unwrap()),
        ..ErrorRecord::new(Code::NotFound, "that call is over")
    };
    assert_eq!(shown(&mut pending, &ServerFrame::Error(not_found)), ["finish"]);
    assert_eq!(pending.outcome(), Outcome::No);

    let mut placing = caller(None);
    assert_eq!(short(placing.typed(Typed::Quit)), ["finish"]);
    assert_eq!(placing.outcome(), Outcome::No);

    let mut talking = caller(None);
    shown(&mut talking, &welcome(vec![]));
    shown(&mut talking, &answered());
    assert_eq!(short(talking.typed(Typed::Bye)), ["bye"]);
    assert!(talking.typed(Typed::Bye).is_empty(), "once");
    assert_eq!(short(talking.stop()), ["finish"]);
    assert_eq!(talking.outcome(), Outcome::Done);
}

#[test]
fn a_refused_call_ends_with_the_servers_words() {
    let mut caller = caller(None);
    shown(&mut caller, &welcome(vec![]));
    let refused =
        ErrorRecord { call: Some("k".parse().unwrap()), ..ErrorRecord::new(Code::TooMany, "too many calls") };
    assert_eq!(shown(&mut caller, &ServerFrame::Error(refused.clone())), ["finish"]);
    assert_eq!(caller.outcome(), Outcome::Refused(refused));
}

#[test]
fn a_call_to_a_login_leaves_what_was_said_when_nobody_answers() {
    let gate = Gate::new(1);
    let mut caller = Caller::new(Plan { login: Some("carol".parse().unwrap()), ..caller(None).plan });
    assert_eq!(shown(&mut caller, &welcome(vec![])), ["invite"]);
    assert!(caller.said(said("are you there"), gate.pass()).is_empty());
    let done = shown(&mut caller, &ended(Reason::Off, true));
    assert_eq!(done, ["tell alice is off; alice will be told", "line are you there", "finish"]);
}

#[test]
fn a_caller_hears_only_its_own_conversation() {
    let mut caller = caller(None);
    shown(&mut caller, &welcome(vec![]));
    let mut line = crate::client::live::reading::tests::line(1);
    assert_eq!(shown(&mut caller, &ServerFrame::Line(line.clone())), ["tell alice: 1"]);
    line.conversation = "other".parse().unwrap();
    assert!(shown(&mut caller, &ServerFrame::Line(line)).is_empty());
    let elsewhere = Notice { conversation: "other".parse().unwrap(), ..notice("n1") };
    assert!(shown(&mut caller, &ServerFrame::Notice(elsewhere)).is_empty(), "not seen, so kept");
    assert_eq!(shown(&mut caller, &ServerFrame::Notice(notice("n2"))), ["notice n2"]);
}

#[test]
fn an_agent_says_ringing_only_when_it_really_alerts_and_again_every_30_seconds() {
    let mut agent = Agent::new(Manner::default());
    let told = "tell [1] bob@example.org calls about \"Boots\"; /answer 1 or /decline 1";
    assert_eq!(shown(&mut agent, &ring(None, false)), [told, "alarm k"]);
    assert_eq!(short(agent.alarmed(&"k".parse().unwrap())), ["ringing"]);
    let secs = Duration::from_secs;
    assert!(agent.tick(secs(29), false).is_empty());
    assert_eq!(short(agent.tick(secs(30), false)), ["alarm k"]);
    assert!(short(agent.shown(&ring(None, false), secs(31))).is_empty(), "listed once, alarmed lately");
    assert_eq!(short(agent.tick(secs(60), false)), ["alarm k"]);
    assert!(short(agent.tick(secs(151), false)).is_empty(), "its time is over");
    assert_eq!(short(agent.tick(secs(190), false)), ["hush k"], "forgotten");
}

#[test]
fn knocks_and_silent_calls_are_listed_without_an_alarm_or_an_answer() {
    for frame in [ring(Some(Knock::Stranger), false), ring(Some(Knock::NotFirst), true), ring(None, true)] {
        let mut agent = Agent::new(Manner { answers: true, ..Manner::default() });
        let done = shown(&mut agent, &frame);
        assert!(done.len() == 1 && done[0].starts_with("tell [1] bob@example.org"), "{done:?}");
        assert!(agent.tick(Duration::from_secs(31), false).is_empty());
        assert_eq!(short(agent.typed(Typed::Answer(Some(1)))), ["answer"]);
    }
}

#[test]
fn an_agent_answers_talks_and_goes_on() {
    let gate = Gate::new(4);
    let mut agent = Agent::new(Manner { answers: true, ..Manner::default() });
    assert!(agent.said(said("hello"), gate.pass()).is_empty(), "kept for whoever calls");
    assert_eq!(shown(&mut agent, &ring(None, false))[1..], ["answer"]);
    assert_eq!(shown(&mut agent, &answered()), ["hush k", "tell you talk with alice", "line hello"]);
    assert_eq!(short(agent.said(said("and"), gate.pass())), ["line and"]);
    assert_eq!(short(agent.end_of_input()), ["bye"]);
    let over = "tell the chat with bob@example.org is over";
    assert_eq!(shown(&mut agent, &ended(Reason::Bye, false)), ["hush k", over]);
    let later = short(agent.said(said("more"), gate.pass()));
    assert_eq!(later[0], "line more");
    assert_eq!(short(agent.typed(Typed::Quit)), ["finish"]);
    assert_eq!(agent.outcome(), Outcome::Done);
}

#[test]
fn a_person_at_a_terminal_is_told_when_there_is_nobody_to_talk_to() {
    let mut agent = Agent::new(Manner { terminal: true, ..Manner::default() });
    let done = short(agent.said(said("secret"), Gate::new(1).pass()));
    assert_eq!(done, ["complain nobody to say it to: no chat is open"]);
    assert_eq!(short(agent.typed(Typed::Answer(None))), ["complain nobody calls"]);
    assert_eq!(short(agent.typed(Typed::Decline(Some(3)))), ["complain there is no call 3"]);
    assert_eq!(short(agent.typed(Typed::Bye)), ["complain no chat is open"]);
    assert_eq!(agent.here(), Here::default());
}

#[test]
fn a_notice_is_shown_once_and_said_to_be_seen_however_often_it_comes() {
    let mut agent = Agent::new(Manner::default());
    let frame = welcome(vec![notice("n1"), notice("n2")]);
    assert_eq!(shown(&mut agent, &frame), ["tell listening as alice", "notice n1", "notice n2"]);
    assert_eq!(shown(&mut agent, &frame), ["seen", "seen"]);
    assert_eq!(shown(&mut agent, &ServerFrame::Notice(notice("n3"))), ["notice n3"]);
}

#[test]
fn in_a_chat_a_line_said_while_the_connection_was_lost_is_shown_once_and_then_its_notice_is_seen() {
    let left = Notice { reason: Missed::Line, line: Some("1".into()), ..notice("n1") };
    let line = ServerFrame::Line(crate::client::live::reading::tests::line(1));

    let mut caller = caller(None);
    shown(&mut caller, &welcome(vec![]));
    shown(&mut caller, &answered());
    for _again in 0..2 {
        assert!(shown(&mut caller, &welcome(vec![left.clone()])).is_empty());
    }
    assert_eq!(shown(&mut caller, &line), ["tell alice: 1", "seen"]);
    assert_eq!(shown(&mut caller, &line), ["tell alice: 1"]);

    let mut agent = Agent::new(Manner::default());
    shown(&mut agent, &welcome(vec![]));
    shown(&mut agent, &ring(None, false));
    shown(&mut agent, &answered());
    let other = Notice { conversation: "other".parse().unwrap(), id: "n2".parse().unwrap(), ..left.clone() };
    assert_eq!(shown(&mut agent, &welcome(vec![left, other])), ["notice n2"]);
    assert_eq!(shown(&mut agent, &line), ["tell alice: 1", "seen"]);
}

#[test]
fn quiet_hours_are_said_unless_the_person_said_something_else() {
    let mut agent = Agent::new(Manner::default());
    assert_eq!(short(agent.tick(NOW, true)), ["presence Away"]);
    assert!(agent.tick(NOW, true).is_empty());
    assert_eq!(short(agent.tick(NOW, false)), ["presence Online"]);
    let mut busy = Agent::new(Manner { presence: Some(Presence::Busy), ..Manner::default() });
    assert!(busy.tick(NOW, true).is_empty(), "its hello says busy");
    assert!(busy.tick(NOW, false).is_empty());
}

#[test]
fn an_agent_that_stops_hangs_up_and_silences_its_alarms() {
    let mut agent = Agent::new(Manner::default());
    shown(&mut agent, &ring(None, false));
    assert_eq!(agent.here().rings, Some("k".parse().unwrap()));
    shown(&mut agent, &answered());
    assert_eq!(agent.here().call, Some("k".parse().unwrap()));
    assert_eq!(short(agent.stop()), ["bye", "hush k", "finish"]);
}
