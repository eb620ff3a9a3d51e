//! Calls, what the manners need to know, rules, notices, letters.

use super::*;
use crate::wire::{NoticeId, record::Missed};

async fn missed_in_row(house: &House, login: &LoginId) -> u32 {
    house.store.presence(login.clone()).await.unwrap().unwrap().missed_in_row
}

fn note(conversation: &ConversationId, to: Side, reason: Missed, at: Time) -> NewNotice {
    NewNotice { conversation: conversation.clone(), to, reason, at }
}

#[tokio::test]
async fn a_call_comes_back_after_a_restart_until_it_is_over() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    let open = call(&id, Side::Peer, CallState::Open, NOW);
    let answered = call(&id, Side::Owner, CallState::Answered, NOW.plus(1));
    let over = call(&id, Side::Owner, CallState::Ended, NOW);
    for row in [&answered, &open, &over] {
        house.store.put_call(row.clone()).await.unwrap();
    }
    let house = house.again().await;
    assert_eq!(house.store.open_calls().await.unwrap(), [open.clone(), answered.clone()]);
    let ended = CallRow { state: CallState::Ended, snapshot: String::new(), ..answered };
    house.store.put_call(ended.clone()).await.unwrap();
    assert_eq!(house.store.open_calls().await.unwrap(), [open]);
    assert_eq!(house.store.call(ended.id.clone()).await.unwrap(), Some(ended));
    assert_eq!(house.store.call("none".parse().unwrap()).await.unwrap(), None);
    let nowhere = call(&"nowhere".parse().unwrap(), Side::Peer, CallState::Open, NOW);
    not_found(house.store.put_call(nowhere).await, "conversation");
}

#[tokio::test]
async fn a_missed_ring_counts_once_however_often_it_is_written() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    let row = call(&id, Side::Peer, CallState::Missed, NOW);
    let notice = || Some(note(&id, Side::Owner, Missed::Expired, NOW));
    let left = house.store.miss_call(row.clone(), notice()).await.unwrap();
    assert_eq!(house.store.miss_call(row.clone(), notice()).await.unwrap(), left);
    assert_eq!(missed_in_row(&house, &alice).await, 1);
    let waiting = house.store.notices(alice.clone(), 10).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].count), (1, 1));
    assert!(waiting[0].id.as_str().starts_with(&format!("{}:", left.unwrap())), "{waiting:?}");

    let silent = CallRow { rang: false, ..call(&id, Side::Peer, CallState::Missed, NOW) };
    assert_eq!(house.store.miss_call(silent, None).await.unwrap(), None);
    assert_eq!(missed_in_row(&house, &alice).await, 1, "what never rang was not left unanswered");
    let back = call(&id, Side::Owner, CallState::Missed, NOW);
    house.store.miss_call(back, None).await.unwrap();
    assert_eq!(missed_in_row(&house, &alice).await, 1, "a guest missed that one");
    house.store.is_awake(alice.clone()).await.unwrap();
    assert_eq!(missed_in_row(&house, &alice).await, 0);
}

#[tokio::test]
async fn a_missed_call_and_its_notice_are_one_thing() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    let row = call(&id, Side::Peer, CallState::Missed, NOW);
    let nowhere = note(&"nowhere".parse().unwrap(), Side::Owner, Missed::Off, NOW);
    not_found(house.store.miss_call(row.clone(), Some(nowhere)).await, "conversation");
    assert_eq!(house.store.call(row.id).await.unwrap(), None, "no notice, no missed call");
    assert_eq!(missed_in_row(&house, &alice).await, 0);
}

#[tokio::test]
async fn unseen_attempts_are_one_notice() {
    let house = House::new();
    let alice = house.known("alice").await;
    let talk = house.conversation(&alice).await;
    let leave = |reason, at| house.store.leave_notice(note(&talk.id, Side::Owner, reason, NOW.plus(at)));
    let id = leave(Missed::Off, 0).await.unwrap();
    assert_eq!(leave(Missed::Cancelled, 5).await.unwrap(), id);
    let row = house.store.notice(id.clone()).await.unwrap().unwrap();
    assert_eq!((row.to, row.side), (Party::Login(alice.clone()), Side::Owner));
    let notice = row.notice;
    assert_eq!((notice.count, notice.reason, notice.at), (2, Missed::Cancelled, NOW.plus(5)));
    assert_eq!((notice.from, notice.subject), (address("guest"), Some("boots from alice".to_owned())));
    assert_eq!(notice.message_id.as_deref(), Some("m1-alice@example.org"));

    let bob = house.known("bob").await;
    house.store.seen(bob, vec![id.clone()]).await.unwrap();
    assert_eq!(house.store.notices(alice.clone(), 10).await.unwrap().len(), 1, "not bob's to clear");
    house.store.seen(alice.clone(), vec![id.clone(), "no-such".parse().unwrap()]).await.unwrap();
    assert_eq!(house.store.notices(alice.clone(), 10).await.unwrap(), []);
    assert!(house.store.notice(id.clone()).await.unwrap().is_none());
    assert_ne!(leave(Missed::Off, 9).await.unwrap(), id, "a new attempt, a new notice");
}

#[tokio::test]
async fn a_refresh_clears_what_was_seen() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    let notice = house.store.leave_notice(note(&id, Side::Owner, Missed::Off, NOW)).await.unwrap();
    house.store.refresh(alice.clone(), "h".into(), vec![], NOW).await.unwrap();
    assert_eq!(house.store.notices(alice.clone(), 10).await.unwrap().len(), 1);
    let standing = house.store.standing(alice.clone()).await.unwrap().unwrap();
    assert_eq!((standing.notices.len(), standing.presence.host.as_deref()), (1, Some("h")));
    assert_eq!(Some(standing.login), house.store.login(alice.clone()).await.unwrap());
    let refreshed = house.store.refresh(alice.clone(), "h".into(), vec![notice], NOW).await.unwrap();
    assert_eq!((refreshed.notices.len(), refreshed.presence.host.as_deref()), (0, Some("h")));
    assert_eq!(house.store.notices(alice.clone(), 10).await.unwrap(), []);
    house.store.delete_login(alice.clone(), NOW).await.unwrap();
    assert!(house.store.standing(alice).await.unwrap().is_none());
}

#[tokio::test]
async fn seen_clears_what_was_told_and_nothing_that_came_later() {
    let house = House::new();
    let alice = house.known("alice").await;
    let talk = house.conversation(&alice).await;
    let leave = |at| house.store.leave_notice(note(&talk.id, Side::Owner, Missed::Off, NOW.plus(at)));
    let waiting = || async { house.store.notices(alice.clone(), 10).await.unwrap() };
    leave(0).await.unwrap();
    let first = waiting().await.remove(0);
    leave(5).await.unwrap();
    house.store.seen(alice.clone(), vec![first.id.clone()]).await.unwrap();
    let second = waiting().await.remove(0);
    assert_eq!((second.count, second.id == first.id), (2, false));
    house.say(&talk.id, Side::Peer, "1", "call me back").await;
    house.store.refresh(alice.clone(), "h".into(), vec![second.id.clone()], NOW).await.unwrap();
    let third = waiting().await.remove(0);
    assert_eq!((third.line.as_deref(), third.id == second.id), (Some("call me back"), false));
    let by_side = house.store.seen_in(talk.id.clone(), Side::Owner, vec![second.id]);
    by_side.await.unwrap();
    assert_eq!(waiting().await.len(), 1);
    house.store.seen(alice.clone(), vec!["nonsense:x:y".parse().unwrap(), first.id, third.id]).await.unwrap();
    assert_eq!(waiting().await, []);
}

#[tokio::test]
async fn a_notice_tells_the_last_line_that_was_not_read() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    house.say(&id, Side::Peer, "1", "are you there?").await;
    house.say(&id, Side::Peer, "2", "call me").await;
    house.say(&id, Side::Owner, "1", "alice's own").await;
    house.store.leave_notice(note(&id, Side::Owner, Missed::Off, NOW)).await.unwrap();
    let line = || async { house.store.notices(alice.clone(), 10).await.unwrap()[0].line.clone() };
    assert_eq!(line().await.as_deref(), Some("call me"));
    house.store.mark(id, Side::Owner, Some(3), Some(2)).await.unwrap();
    assert_eq!(line().await, None);
}

#[tokio::test]
async fn a_guest_gets_the_notice_of_their_side() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    let notice = house.store.leave_notice(note(&id, Side::Peer, Missed::Off, NOW)).await.unwrap();
    house.store.leave_notice(note(&id, Side::Owner, Missed::Off, NOW)).await.unwrap();
    let waiting = |side| house.store.notices_in(id.clone(), side);
    assert_eq!(waiting(Side::Peer).await.unwrap()[0].from, "alice");
    house.store.seen_in(id.clone(), Side::Owner, vec![notice.clone()]).await.unwrap();
    assert_eq!(waiting(Side::Peer).await.unwrap().len(), 1, "the other side cannot clear it");
    house.store.seen_in(id.clone(), Side::Peer, vec![notice]).await.unwrap();
    assert_eq!(waiting(Side::Peer).await.unwrap(), []);
    assert_eq!(waiting(Side::Owner).await.unwrap().len(), 1);
    assert_eq!(house.store.notices_in("nowhere".parse().unwrap(), Side::Peer).await.unwrap(), []);
}

#[tokio::test]
async fn what_happened_in_a_conversation_shows_in_its_manners() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    let manners = |side| house.store.manners(id.clone(), side, NOW);
    let nothing = Manners { acquainted: true, ..Manners::default() };
    assert_eq!(manners(Side::Peer).await.unwrap(), nothing);
    let ago = |time: i64| NOW.plus(-time);
    for (state, started, rang) in [
        (CallState::Missed, ago(25 * HOUR), true),
        (CallState::Missed, ago(3 * HOUR), true),
        (CallState::Missed, ago(4 * HOUR), true),
        (CallState::Missed, ago(HOUR), false),
        (CallState::Ended, ago(HOUR), true),
    ] {
        let row = CallRow { rang, ..call(&id, Side::Peer, state, started) };
        house.store.miss_call(row, None).await.unwrap();
    }
    let declined =
        CallRow { changed: ago(MINUTE), ..call(&id, Side::Peer, CallState::Declined, ago(9 * MINUTE)) };
    house.store.put_call(declined).await.unwrap();
    let found = manners(Side::Peer).await.unwrap();
    assert_eq!(found.unanswered, [ago(4 * HOUR), ago(3 * HOUR)]);
    assert_eq!(found.declined, Some(ago(MINUTE)), "from when it was declined, not from when it began");
    assert_eq!(found.missed_in_row, 4);
    assert_eq!(manners(Side::Owner).await.unwrap(), nothing, "each side its own");
    not_found(house.store.manners("nowhere".parse().unwrap(), Side::Peer, NOW).await, "conversation");
}

#[tokio::test]
async fn a_rule_blocks_by_login_by_address_and_by_ticket() {
    let house = House::new();
    let (alice, bob) = (house.known("alice").await, house.known("bob").await);
    let (mail, _) = house.mail(&alice, &["bob-home"]).await;
    let talk = house.store.press(mail, 0, Party::Login(bob.clone()), NOW).await.unwrap().conversation.id;
    let guests = house.conversation(&alice).await.id;
    let blocked = |id: &ConversationId, side| {
        let manners = house.store.manners(id.clone(), side, NOW);
        async { manners.await.unwrap().blocked }
    };
    for (rule, who) in [
        (RuleTarget::BlockLogin(bob.clone()), &talk),
        (RuleTarget::BlockAddress(" BOB@example.org".into()), &talk),
        (RuleTarget::BlockAddress(address("bob-home")), &talk),
        (RuleTarget::BlockTicket { mail, recipient: 0 }, &talk),
        (RuleTarget::BlockAddress(address("guest")), &guests),
    ] {
        let other = if who == &talk { &guests } else { &talk };
        for _ in 0..2 {
            house.store.set_rule(alice.clone(), rule.clone(), false).await.unwrap();
        }
        assert!(blocked(who, Side::Peer).await, "{rule:?}");
        assert!(!blocked(other, Side::Peer).await, "{rule:?} blocks nobody else");
        assert!(!blocked(who, Side::Owner).await, "{rule:?} does not block who made it");
        house.store.set_rule(alice.clone(), rule.clone(), true).await.unwrap();
        assert!(!blocked(who, Side::Peer).await, "{rule:?} removed");
    }
    house.store.set_rule(bob.clone(), RuleTarget::BlockAddress(address("alice")), false).await.unwrap();
    assert!(blocked(&talk, Side::Owner).await, "a peer blocks the sender");
    assert!(!blocked(&talk, Side::Peer).await);
    not_found(house.store.set_rule(login("nobody"), RuleTarget::Allow(bob), false).await, "login");
}

#[tokio::test]
async fn an_address_that_is_not_confirmed_blocks_nobody() {
    let house = House::new();
    let alice = house.known("alice").await;
    let mallory = house.person("mallory").await;
    let pair = house.store.pair(mallory.clone(), alice.clone(), NOW).await.unwrap();
    let rule = RuleTarget::BlockAddress(address("mallory"));
    house.store.set_rule(alice, rule, false).await.unwrap();
    let blocked = || async { house.store.manners(pair.id.clone(), Side::Peer, NOW).await.unwrap().blocked };
    assert!(!blocked().await);
    house.store.confirm(mallory, NOW).await.unwrap();
    assert!(blocked().await);
}

/// Whether `caller` may ring `callee` without a mail.
async fn acquainted(house: &House, caller: &LoginId, callee: &LoginId) -> bool {
    let pair = house.store.pair(caller.clone(), callee.clone(), NOW).await.unwrap();
    let side = pair.side_of(&Party::Login(caller.clone())).unwrap();
    house.store.manners(pair.id, side, NOW).await.unwrap().acquainted
}

#[tokio::test]
async fn a_stranger_stays_one_until_the_callee_does_something() {
    let house = House::new();
    let (alice, bob) = (house.known("alice").await, house.known("bob").await);
    let pair = house.store.pair(bob.clone(), alice.clone(), NOW).await.unwrap();
    assert!(!acquainted(&house, &bob, &alice).await);
    house.say(&pair.id, Side::Peer, "1", "let me in").await;
    house.store.miss_call(call(&pair.id, Side::Peer, CallState::Missed, NOW), None).await.unwrap();
    assert!(!acquainted(&house, &bob, &alice).await, "whatever the stranger does");
    assert!(acquainted(&house, &alice, &bob).await, "who called may be called back");

    let allow = RuleTarget::Allow(bob.clone());
    house.store.set_rule(alice.clone(), allow.clone(), false).await.unwrap();
    assert!(acquainted(&house, &bob, &alice).await);
    house.store.set_rule(alice.clone(), allow, true).await.unwrap();
    assert!(!acquainted(&house, &bob, &alice).await);
    house.say(&pair.id, Side::Owner, "1", "who is there?").await;
    assert!(acquainted(&house, &bob, &alice).await, "the callee said something");
}

#[tokio::test]
async fn an_answered_call_is_an_acquaintance() {
    let house = House::new();
    let (alice, bob) = (house.known("alice").await, house.known("bob").await);
    let pair = house.store.pair(bob.clone(), alice.clone(), NOW).await.unwrap();
    let answered = call(&pair.id, Side::Peer, CallState::Answered, NOW);
    house.store.put_call(answered.clone()).await.unwrap();
    house.store.put_call(CallRow { state: CallState::Ended, ..answered }).await.unwrap();
    house.store.sweep(NOW.plus(30 * DAY), 365 * DAY).await.unwrap();
    assert!(acquainted(&house, &bob, &alice).await, "also when the call itself is long swept");
}

#[tokio::test]
async fn a_pressed_ticket_is_an_acquaintance_a_borrowed_one_is_not() {
    let house = House::new();
    let (alice, bob) = (house.known("alice").await, house.known("bob").await);
    let mallory = house.known("mallory").await;
    let (mail, _) = house.mail(&alice, &["bob"]).await;
    assert!(!acquainted(&house, &bob, &alice).await);
    house.store.press(mail, 0, Party::Login(bob.clone()), NOW).await.unwrap();
    assert!(acquainted(&house, &bob, &alice).await);
    assert!(acquainted(&house, &alice, &bob).await);
    let borrowed = house.store.press(mail, 0, Party::Login(mallory.clone()), NOW).await.unwrap();
    assert!(!acquainted(&house, &mallory, &alice).await);
    house.say(&borrowed.conversation.id, Side::Owner, "1", "come in").await;
    assert!(acquainted(&house, &mallory, &alice).await);
}

#[tokio::test]
async fn letters_wait_until_they_are_done() {
    let house = House::new();
    let alice = house.person("alice").await;
    let recover = Letter::Recover { login: alice.clone(), code: "sesame".into() };
    house.store.add_letter(Letter::Confirm { login: alice.clone() }, NOW.plus(1)).await.unwrap();
    house.store.add_letter(recover.clone(), NOW).await.unwrap();
    let house = house.again().await;
    assert_eq!(house.store.letters_waiting().await.unwrap(), 2);
    assert_eq!(house.store.letters_due(NOW.plus(-1), 10).await.unwrap(), []);
    let due = house.store.letters_due(NOW.plus(1), 10).await.unwrap();
    assert_eq!((due.len(), &due[0].letter, due[0].tries), (2, &recover, 0));
    house.store.letter_later(due[0].row, NOW.plus(MINUTE)).await.unwrap();
    house.store.letter_done(due[1].row).await.unwrap();
    assert_eq!(house.store.letters_due(NOW.plus(MINUTE - 1), 10).await.unwrap(), []);
    let due = house.store.letters_due(NOW.plus(MINUTE), 10).await.unwrap();
    assert_eq!((due.len(), due[0].tries), (1, 1));
}

#[tokio::test]
async fn one_caller_sends_one_letter_in_ten_minutes() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    let leave = |at| house.store.leave_notice(note(&id, Side::Owner, Missed::Off, NOW.plus(at)));
    let add = |notice: NoticeId, at| house.store.add_notice_letter(notice, NOW.plus(at));
    let first = leave(0).await.unwrap();
    assert!(add(first.clone(), 0).await.unwrap());
    assert!(!add(first.clone(), 11 * MINUTE).await.unwrap(), "it still waits to go");
    let row = house.store.letters_due(NOW, 10).await.unwrap()[0].row;
    house.store.letter_done(row).await.unwrap();
    house.store.seen(alice.clone(), vec![first.clone()]).await.unwrap();
    assert!(!add(first, 30 * MINUTE).await.unwrap(), "seen already");

    let second = leave(MINUTE).await.unwrap();
    assert!(!add(second.clone(), 10 * MINUTE - 1).await.unwrap());
    assert!(add(second.clone(), 10 * MINUTE).await.unwrap());
    let row = house.store.letters_due(NOW.plus(DAY), 10).await.unwrap()[0].row;
    house.store.letter_done(row).await.unwrap();

    let bob = house.known("bob").await;
    let pair = house.store.pair(bob, alice.clone(), NOW).await.unwrap().id;
    let other = house.store.leave_notice(note(&pair, Side::Owner, Missed::Off, NOW)).await.unwrap();
    assert!(add(other.clone(), 11 * MINUTE).await.unwrap(), "another caller, another letter");
    house.store.seen(alice, vec![other]).await.unwrap();
    house.store.sweep(NOW.plus(2 * DAY), 365 * DAY).await.unwrap();
    assert_eq!(house.store.letters_waiting().await.unwrap(), 0, "a letter goes with its notice");
}

#[tokio::test]
async fn the_letter_of_a_missed_call_can_go_earlier_and_that_of_a_line_waits() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    let hurry = |side| house.store.hurry_notice_letter(id.clone(), side, NOW.plus(5));
    let owe = async |side, why| {
        let notice = house.store.leave_notice(note(&id, side, why, NOW)).await.unwrap();
        assert!(house.store.add_notice_letter(notice, NOW.plus(MINUTE)).await.unwrap());
    };
    assert_eq!(house.store.next_letter().await.unwrap(), None);
    assert!(!hurry(Side::Owner).await.unwrap(), "nothing waits");
    owe(Side::Owner, Missed::Off).await;
    owe(Side::Peer, Missed::Line).await;
    assert_eq!(house.store.next_letter().await.unwrap(), Some(NOW.plus(MINUTE)));
    assert!(!hurry(Side::Peer).await.unwrap());
    // Told of another reason to go, it goes for the sooner one.
    let peer = house.store.waiting_notice(id.clone(), Side::Peer).await.unwrap().unwrap();
    assert!(!house.store.add_notice_letter(peer.clone(), NOW.plus(2 * MINUTE)).await.unwrap());
    assert!(house.store.add_notice_letter(peer, NOW.plus(MINUTE - 1)).await.unwrap());
    assert!(hurry(Side::Owner).await.unwrap());
    assert_eq!(house.store.letters_due(NOW.plus(5), 10).await.unwrap().len(), 1);
    assert_eq!(house.store.next_letter().await.unwrap(), Some(NOW.plus(5)));
}

#[tokio::test]
async fn a_guest_with_many_secrets_gets_one_letter_in_ten_minutes() {
    let house = House::new();
    let alice = house.known("alice").await;
    let (mail, _) = house.mail(&alice, &["bob"]).await;
    let mut letters = 0;
    for secret in ["phone", "laptop", "browser"] {
        let id = house.store.press(mail, 0, guest(secret), NOW).await.unwrap().conversation.id;
        let notice = house.store.leave_notice(note(&id, Side::Peer, Missed::Off, NOW)).await.unwrap();
        letters += usize::from(house.store.add_notice_letter(notice, NOW).await.unwrap());
    }
    assert_eq!(letters, 1);
}
