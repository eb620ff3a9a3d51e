//! Properties of the call machine: whatever happens in whatever order, no call gets stuck, every call ends,
//! and a missed one leaves exactly one notice.

use proptest::prelude::*;

use super::{
    machine::Call,
    manners::Admission,
    party::Side,
    times::Times,
    words::{Action, Event, Standing, State, Wish},
};
use crate::wire::{
    Time,
    frame::{Knock, Reason},
    record::{Missed, Presence},
    time::{MINUTE, SECOND},
};

const T: Time = Time(1_700_000_000_000);
const WISH: Wish = Wish { ring: 120 * SECOND, give_up: 600 * SECOND, until_on: false };

fn start(presence: Presence) -> (Call, Vec<Action>) {
    Call::start(Side::Peer, WISH, Admission::Ring, presence, T)
}

fn ended(actions: &[Action]) -> Option<(Reason, Option<Missed>)> {
    actions.iter().find_map(|action| match action {
        Action::End { reason, leave, .. } => Some((*reason, *leave)),
        _ => None,
    })
}

fn rings(actions: &[Action]) -> usize {
    actions.iter().filter(|action| matches!(action, Action::Ring(_))).count()
}

/// Lets time pass until `until`, ticking at every deadline.
fn pass(call: &mut Call, until: Time, times: &Times) -> Vec<Action> {
    let mut all = Vec::new();
    while let Some(due) = call.deadline(times).filter(|due| *due <= until) {
        all.extend(call.on(Event::Tick, due, times));
    }
    all
}

#[test]
fn s109_an_online_callee_is_rung_at_once() {
    let (call, actions) = start(Presence::Online);
    assert_eq!(rings(&actions), 1);
    assert_eq!(call.state(), State::Inviting { until: T.plus(120 * SECOND) });
    assert_eq!(actions[0], Action::Save, "the record comes before the ring");
}

#[test]
fn s111_an_answer_is_told_to_both() {
    let (mut call, _) = start(Presence::Online);
    let times = Times::default();
    assert_eq!(call.on(Event::Ringing, T, &times), [Action::Ringing]);
    assert_eq!(call.on(Event::Answer, T, &times), [Action::Save, Action::Answered]);
    assert_eq!(call.deadline(&times), None, "an answered call with both sides there has no end of its own");
    assert_eq!(ended(&call.on(Event::Bye(Side::Owner), T, &times)), Some((Reason::Bye, None)));
}

#[test]
fn s115_the_same_call_rings_again_until_give_up() {
    let (mut call, _) = start(Presence::Online);
    let actions = pass(&mut call, T.plus(600 * SECOND), &Times::default());
    assert_eq!(rings(&actions), 4, "at 120, 240, 360 and 480 s");
    assert_eq!(ended(&actions), Some((Reason::Expired, Some(Missed::Expired))));
}

#[test]
fn s117_off_ends_at_once_with_a_notice() {
    let (_, actions) = start(Presence::Off);
    assert_eq!(ended(&actions), Some((Reason::Off, Some(Missed::Off))));
    assert_eq!(rings(&actions), 0);
}

#[test]
fn on_without_an_agent_leaves_a_notice_at_once_and_rings_when_one_connects() {
    let (mut call, actions) = start(Presence::On);
    assert!(actions.contains(&Action::Notice(Missed::On)) && ended(&actions).is_none());
    assert!(!actions.contains(&Action::Ringing));
    let actions = call.on(Event::DeviceCame(Presence::Online), T.plus(SECOND), &Times::default());
    assert_eq!(rings(&actions), 1);
    let actions = call.on(Event::Answer, T.plus(2 * SECOND), &Times::default());
    assert!(actions.contains(&Action::ClearNotice), "they talk: nothing was missed");
}

#[test]
fn until_on_stays_when_the_other_computer_is_off() {
    let wish = Wish { until_on: true, ..WISH };
    let (mut call, actions) = Call::start(Side::Peer, wish, Admission::Ring, Presence::Off, T);
    assert!(ended(&actions).is_none() && actions.contains(&Action::Notice(Missed::Off)));
    let actions = call.on(Event::DeviceCame(Presence::Online), T.plus(SECOND), &Times::default());
    assert_eq!(rings(&actions), 1);
}

#[test]
fn busy_never_rings_and_leaves_a_notice() {
    let (_, actions) = start(Presence::Busy);
    assert_eq!((rings(&actions), ended(&actions)), (0, Some((Reason::Busy, Some(Missed::Busy)))));
}

#[test]
fn away_is_listed_silently_and_never_said_to_ring() {
    let (mut call, actions) = start(Presence::Away);
    assert!(actions.iter().any(|action| matches!(action, Action::Ring(alert) if alert.silent)));
    assert!(!call.rang());
    assert_eq!(call.on(Event::Ringing, T, &Times::default()), []);
}

#[test]
fn a_decline_leaves_no_notice() {
    let (mut call, _) = start(Presence::Online);
    assert_eq!(ended(&call.on(Event::Decline, T, &Times::default())), Some((Reason::Declined, None)));
}

#[test]
fn a_caller_whose_connection_drops_keeps_the_call_60_s() {
    let times = Times::default();
    let (mut call, _) = start(Presence::Online);
    call.on(Event::Gone(Side::Peer), T, &times);
    assert_eq!(pass(&mut call, T.plus(59 * SECOND), &times), []);
    call.on(Event::Back(Side::Peer), T.plus(59 * SECOND), &times);
    assert!(ended(&pass(&mut call, T.plus(100 * SECOND), &times)).is_none());
    call.on(Event::Gone(Side::Peer), T.plus(100 * SECOND), &times);
    let end = ended(&pass(&mut call, T.plus(160 * SECOND), &times));
    assert_eq!(end, Some((Reason::Cancelled, Some(Missed::Cancelled))));
}

#[test]
fn an_answered_call_ends_after_ten_minutes_absence_not_by_a_dropped_socket() {
    let times = Times::default();
    let (mut call, _) = start(Presence::Online);
    call.on(Event::Answer, T, &times);
    call.on(Event::Gone(Side::Owner), T, &times);
    assert_eq!(pass(&mut call, T.plus(10 * MINUTE - 1), &times), []);
    assert_eq!(ended(&pass(&mut call, T.plus(10 * MINUTE), &times)), Some((Reason::Bye, None)));
}

#[test]
fn a_call_survives_a_restart_by_its_snapshot() {
    let times = Times::default();
    let (mut call, _) = start(Presence::Online);
    call.on(Event::Answer, T, &times);
    let mut again: Call = serde_json::from_str(&serde_json::to_string(&call).unwrap()).unwrap();
    assert_eq!(again, call);
    again.restore(T.plus(SECOND));
    let told = again.on(Event::Back(Side::Peer), T.plus(2 * SECOND), &times);
    assert_eq!(told, [Action::AnsweredAgain(Side::Peer)]);
}

#[test]
fn a_knocker_sees_the_same_whatever_the_other_side_is_or_does() {
    let times = Times::default();
    let seen = |admission, presence, event: Option<Event>| {
        let (mut call, mut actions) = Call::start(Side::Peer, WISH, admission, presence, T);
        actions.extend(event.iter().flat_map(|event| call.on(*event, T.plus(SECOND), &times)));
        actions.extend(pass(&mut call, T.plus(600 * SECOND), &times));
        let told = |action: &Action| match action {
            Action::End { reason, retry, .. } => Some(format!("{reason:?} {retry:?}")),
            Action::Presence(_) | Action::Ringing | Action::Answered => Some(format!("{action:?}")),
            _ => None,
        };
        actions.iter().filter_map(told).collect::<Vec<_>>()
    };
    let knock = Admission::Knock(Knock::Stranger);
    // A declined knock is off the callee's list, and the knocker is none the wiser.
    let nobody = seen(Admission::Hidden(Knock::Stranger), Presence::Off, None);
    assert_eq!(nobody, ["Presence(Unknown)", "Expired None"]);
    for presence in [Presence::Online, Presence::Away, Presence::Busy, Presence::On, Presence::Off] {
        assert_eq!(seen(knock, presence, None), nobody);
        for event in [Event::Decline, Event::Ringing, Event::Presence(Presence::Off), Event::Bye(Side::Owner)]
        {
            assert_eq!(seen(knock, presence, Some(event)), nobody, "{event:?}");
        }
    }
}

fn presence() -> impl Strategy<Value = Presence> {
    prop::sample::select(vec![Presence::Online, Presence::On, Presence::Off, Presence::Busy, Presence::Away])
}

fn event() -> impl Strategy<Value = Event> {
    let side = prop::sample::select(vec![Side::Owner, Side::Peer]);
    prop_oneof![
        presence().prop_map(Event::Presence),
        presence().prop_map(Event::DeviceCame),
        Just(Event::Ringing),
        Just(Event::Answer),
        Just(Event::Decline),
        Just(Event::Cancel),
        side.clone().prop_map(Event::Bye),
        side.clone().prop_map(Event::Gone),
        side.prop_map(Event::Back),
        Just(Event::Tick),
    ]
}

fn admission() -> impl Strategy<Value = Admission> {
    prop::sample::select(vec![
        Admission::Ring,
        Admission::Knock(Knock::NotFirst),
        Admission::Hidden(Knock::Stranger),
        Admission::Refuse { reason: Reason::Declined, leave: None, retry: 9 },
        Admission::Refuse { reason: Reason::Expired, leave: Some(Missed::Expired), retry: 9 },
    ])
}

proptest! {
    /// No sequence of events gets a call stuck: unanswered ones end by their give-up time, answered ones ten
    /// minutes after a side left, and after the end nothing happens any more.
    #[test]
    fn every_call_ends(
        admission in admission(),
        first in presence(),
        until_on: bool,
        events in prop::collection::vec((event(), 0i64..40_000), 0..40),
    ) {
        let times = Times::default();
        let wish = Wish { until_on, ..WISH };
        let (mut call, mut all) = Call::start(Side::Peer, wish, admission, first, T);
        let mut now = T;
        for (event, wait) in events {
            all.extend(pass(&mut call, now.plus(wait), &times));
            now = now.plus(wait);
            all.extend(call.on(event, now, &times));
        }
        if call.state() == State::Answered {
            all.extend(call.on(Event::Gone(Side::Peer), now, &times));
        }
        all.extend(pass(&mut call, now.plus(1_200 * SECOND), &times));
        prop_assert!(matches!(call.state(), State::Ended(_)), "stuck in {:?}", call.state());
        prop_assert_eq!(call.deadline(&times), None);
        prop_assert_eq!(call.on(Event::Answer, now.plus(9_999 * SECOND), &times), []);

        let ends = all.iter().filter(|action| matches!(action, Action::End { .. })).count();
        prop_assert_eq!(ends, 1, "exactly one end");
        prop_assert!(matches!(all.last(), Some(Action::End { .. })), "the end is last");

        // A missed call leaves exactly one notice, an answered, declined or hidden one none that stays.
        let mut notices = 0i32;
        for action in &all {
            match action {
                Action::Notice(_) | Action::End { leave: Some(_), .. } => notices += 1,
                Action::ClearNotice => notices -= 1,
                _ => {}
            }
        }
        let State::Ended(reason) = call.state() else { unreachable!() };
        let hidden = matches!(call.standing(), Standing::Hidden(_));
        let missed = matches!(reason, Reason::Off | Reason::Expired | Reason::Cancelled | Reason::Busy);
        if missed && !hidden {
            prop_assert_eq!(notices, 1, "{:?}", all);
        } else if matches!(reason, Reason::Bye | Reason::Declined) {
            prop_assert_eq!(notices, 0, "{:?}", all);
        }
        prop_assert!((0..=1).contains(&notices));
    }
}
