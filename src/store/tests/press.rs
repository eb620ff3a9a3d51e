//! Presses, and the conversations they lead to.

use super::*;
use crate::wire::frame::Knock;

impl House {
    /// A mail of the server's own to a person, with a button into a conversation.
    async fn own_mail(&self, port: Port, to: &str, into: &Conversation) -> u64 {
        let notice =
            NewMail { recipients: vec![address(to)], into: Some(into.id.clone()), ..NewMail::default() };
        self.store.add_mails(None, port, vec![notice], NOW).await.unwrap()[0].row
    }
}

#[tokio::test]
async fn who_presses_first_owns_the_ticket() {
    let house = House::new();
    let alice = house.known("alice").await;
    let (mail, _) = house.mail(&alice, &["bob", "carol"]).await;
    let first = house.store.press(mail, 0, guest("bob"), NOW).await.unwrap();
    assert_eq!((first.side, first.knock, first.conversation.first), (Side::Peer, None, true));
    assert_eq!(first.conversation.peer_name, address("bob"));
    assert_eq!(first.conversation.subject.as_deref(), Some("boots from alice"));
    let house = house.again().await;
    assert_eq!(
        house.store.press(mail, 0, guest("bob"), NOW).await.unwrap(),
        first,
        "and again, after a restart"
    );
    let second = house.store.press(mail, 0, guest("mallory"), NOW).await.unwrap();
    assert_eq!((second.knock, second.conversation.first), (Some(Knock::NotFirst), false));
    assert_ne!(second.conversation.id, first.conversation.id, "never the first one's lines");
    assert_eq!(house.store.press(mail, 0, guest("mallory"), NOW).await.unwrap(), second);
    let other = house.store.press(mail, 1, guest("mallory"), NOW).await.unwrap();
    assert!(other.conversation.first && other.knock.is_none(), "each recipient's ticket is its own");
}

#[tokio::test]
async fn of_many_at_once_exactly_one_is_first() {
    let house = House::new();
    let alice = house.known("alice").await;
    let (mail, _) = house.mail(&alice, &["bob"]).await;
    let presses: Vec<_> = (0..20)
        .map(|n| {
            let store = house.store.clone();
            tokio::spawn(async move { store.press(mail, 0, guest(&format!("g{n}")), NOW).await.unwrap() })
        })
        .collect();
    let mut first = 0;
    for press in presses {
        first += usize::from(press.await.unwrap().knock.is_none());
    }
    assert_eq!(first, 1);
}

#[tokio::test]
async fn what_is_no_button_of_ours_is_not_found() {
    let house = House::new();
    let alice = house.known("alice").await;
    let (mail, _) = house.mail(&alice, &["bob"]).await;
    not_found(house.store.press(mail + 1, 0, guest("bob"), NOW).await, "ticket");
    not_found(house.store.press(u64::MAX, 0, guest("bob"), NOW).await, "ticket");
    not_found(house.store.press(mail, 1, guest("bob"), NOW).await, "ticket");
    not_found(house.store.press(mail, 0, Party::Login(alice), NOW).await, "ticket");
}

#[tokio::test]
async fn a_button_leads_its_parties_into_their_conversation_and_others_beside_it() {
    let house = House::new();
    let (alice, bob) = (house.known("alice").await, house.known("bob").await);
    let (mail, _) = house.mail(&alice, &["bob"]).await;
    let talk = house.store.press(mail, 0, Party::Login(bob.clone()), NOW).await.unwrap().conversation;
    let port = house.store.assign_port(bob.clone(), false, NOW).await.unwrap().port;
    let answer = NewMail {
        recipients: vec![address("alice")],
        into: Some(talk.id.clone()),
        message_id: Some("m2@example.org".into()),
        ..NewMail::default()
    };
    let answers = house.store.add_mails(Some(bob.clone()), port, vec![answer.clone()], NOW).await.unwrap();
    let press = |who: Party| house.store.press(answers[0].row, 0, who, NOW);

    let back = press(Party::Login(alice.clone())).await.unwrap();
    assert_eq!((&back.conversation.id, back.side, back.knock), (&talk.id, Side::Owner, None));
    not_found(press(Party::Login(bob.clone())).await, "ticket");
    let other = press(guest("mallory")).await.unwrap();
    assert_eq!((other.knock, other.side), (Some(Knock::NotFirst), Side::Peer));
    assert_eq!(other.conversation.owner, bob, "whoever else holds bob's answer rings bob");
    assert_ne!(other.conversation.id, talk.id);
    assert_eq!(press(guest("mallory")).await.unwrap(), other);

    let carol = house.known("carol").await;
    let port = house.store.assign_port(carol.clone(), false, NOW).await.unwrap().port;
    let foreign = house.store.add_mails(Some(carol), port, vec![answer], NOW).await;
    not_found(foreign, "conversation");
}

#[tokio::test]
async fn a_mail_of_the_servers_own_to_a_guest_leads_its_parties_back_and_lets_others_knock() {
    let house = House::new();
    let alice = house.known("alice").await;
    let (mail, port) = house.mail(&alice, &["bob"]).await;
    let talk = house.store.press(mail, 0, guest("bob"), NOW).await.unwrap().conversation;
    let row = house.own_mail(port, "bob", &talk).await;
    assert_eq!(house.store.mail(row).await.unwrap().unwrap().owner, None);
    let press = |who: Party| house.store.press(row, 0, who, NOW);
    assert_eq!(press(guest("bob")).await.unwrap().conversation, talk);
    assert_eq!(press(Party::Login(alice.clone())).await.unwrap().side, Side::Owner);
    assert_eq!(house.store.leads_back(row, 0).await.unwrap(), Some((talk.clone(), Side::Peer)));
    assert_eq!(house.store.leads_back(mail, 0).await.unwrap(), None);

    // Bob on his phone, which has another secret, or whoever he sent the mail on to.
    let other = press(guest("phone")).await.unwrap();
    assert_eq!((other.knock, other.side), (Some(Knock::NotFirst), Side::Peer));
    assert_ne!(other.conversation.id, talk.id, "never the first one's lines");
    assert_eq!((&other.conversation.owner, other.conversation.first), (&alice, false));
    assert_eq!(other.conversation.peer_name, address("bob"));
    assert_eq!(press(guest("phone")).await.unwrap(), other);

    // Blocked by the mail that began it, nobody comes round through this one.
    let manners = |id: &ConversationId| house.store.manners(id.clone(), Side::Peer, NOW);
    assert!(!manners(&other.conversation.id).await.unwrap().blocked);
    let rule = RuleTarget::BlockTicket { mail, recipient: 0 };
    house.store.set_rule(alice, rule, false).await.unwrap();
    assert!(manners(&other.conversation.id).await.unwrap().blocked);
}

#[tokio::test]
async fn a_mail_of_the_servers_own_to_a_login_is_that_logins_and_rings_it_for_nobody() {
    let house = House::new();
    let alice = house.known("alice").await;
    let (mail, port) = house.mail(&alice, &["bob"]).await;
    let talk = house.store.press(mail, 0, guest("bob"), NOW).await.unwrap().conversation;
    let row = house.own_mail(port, "alice", &talk).await;
    assert_eq!(house.store.leads_back(row, 0).await.unwrap(), Some((talk.clone(), Side::Owner)));
    let press = |who: Party| house.store.press(row, 0, who, NOW);
    assert_eq!(press(Party::Login(alice)).await.unwrap().conversation, talk);
    not_found(press(guest("mallory")).await, "ticket");
}

#[tokio::test]
async fn two_logins_have_one_conversation_without_a_mail() {
    let house = House::new();
    let (bob, alice) = (house.person("bob").await, house.person("alice").await);
    let pair = house.store.pair(bob.clone(), alice.clone(), NOW).await.unwrap();
    assert_eq!(
        (pair.owner.as_str(), pair.peer_name.as_str(), pair.mail, pair.first),
        ("alice", "bob", None, true)
    );
    assert_eq!(house.store.pair(alice.clone(), bob, NOW).await.unwrap(), pair);
    not_found(house.store.pair(alice.clone(), alice.clone(), NOW).await, "login");
    not_found(house.store.pair(alice, login("nobody"), NOW).await, "login");
}

#[tokio::test]
async fn an_answer_by_mail_belongs_to_the_conversation_it_answers() {
    let house = House::new();
    let (alice, bob) = (house.known("alice").await, house.known("bob").await);
    let (mail, _) = house.mail(&alice, &["bob", "carol"]).await;
    let ask = |by: &LoginId, ids: &[&str], to: &str| {
        let ids = ids.iter().map(|id| (*id).to_owned()).collect();
        house.store.conversation_answered(by.clone(), ids, to.to_owned())
    };
    let m1 = "m1-alice@example.org";
    assert_eq!(ask(&bob, &[m1], "alice@example.org").await.unwrap(), None, "not pressed yet");
    let other = house.store.press(mail, 1, guest("carol"), NOW).await.unwrap().conversation;
    let talk = house.store.press(mail, 0, Party::Login(bob.clone()), NOW).await.unwrap().conversation;
    assert_eq!(ask(&bob, &["m0", m1], "Alice@Example.org ").await.unwrap(), Some(talk.clone()));
    assert_eq!(ask(&alice, &[m1], "bob@example.org").await.unwrap(), Some(talk.clone()));
    assert_eq!(ask(&alice, &[m1], "carol@example.org").await.unwrap(), Some(other));
    assert_eq!(ask(&bob, &[m1], "carol@example.org").await.unwrap(), None, "not the other side");
    assert_eq!(ask(&bob, &[], "alice@example.org").await.unwrap(), None);
    let mallory = house.known("mallory").await;
    assert_eq!(ask(&mallory, &[m1], "alice@example.org").await.unwrap(), None, "not a party");

    let port = house.store.assign_port(bob.clone(), false, NOW).await.unwrap().port;
    let answer = NewMail {
        recipients: vec![address("alice")],
        message_id: Some("m2".into()),
        into: Some(talk.id.clone()),
        ..NewMail::default()
    };
    house.store.add_mails(Some(bob), port, vec![answer], NOW).await.unwrap();
    assert_eq!(ask(&alice, &["m2"], "bob@example.org").await.unwrap(), Some(talk), "through the answer too");
}

#[tokio::test]
async fn a_mail_that_comes_without_a_message_id_gets_one_by_which_it_is_found_again() {
    let house = House::new();
    let (alice, bob) = (house.known("alice").await, house.known("bob").await);
    let port = house.store.assign_port(alice.clone(), false, NOW).await.unwrap().port;
    let mail = |id: Option<&str>| NewMail {
        recipients: vec![address("bob")],
        message_id: id.map(str::to_owned),
        domain: Some("ch.example.org".to_owned()),
        ..NewMail::default()
    };
    let mails = vec![mail(None), mail(None), mail(Some("own@x"))];
    let kept = house.store.add_mails(Some(alice.clone()), port, mails, NOW).await.unwrap();
    let named: Vec<_> = kept.iter().map(|kept| kept.named.as_deref()).collect();
    let [Some(first), Some(second), None] = named[..] else { panic!("{named:?}") };
    assert!(
        first.starts_with(&format!("m{}.", kept[0].row)) && first.ends_with("@ch.example.org"),
        "{first}"
    );
    assert_ne!(first, second);
    assert_eq!(house.store.mail(kept[0].row).await.unwrap().unwrap().message_id.as_deref(), Some(first));
    assert_eq!(house.store.mail(kept[2].row).await.unwrap().unwrap().message_id.as_deref(), Some("own@x"));

    let talk = house.store.press(kept[0].row, 0, Party::Login(bob.clone()), NOW).await.unwrap().conversation;
    assert_eq!(talk.message_id.as_deref(), Some(first));
    let ask = |id: &str| {
        house.store.conversation_answered(bob.clone(), vec![id.to_owned()], "alice@example.org".to_owned())
    };
    assert_eq!(ask(first).await.unwrap(), Some(talk));
    let guessed = format!("m{}.0000000000000000@ch.example.org", kept[0].row);
    let elsewhere = first.replace("ch.example.org", "x.example");
    for other in [second, &guessed, &elsewhere, "m", "m1", "m.@x", "m99999999999999999999.0@x"] {
        assert_eq!(ask(other).await.unwrap(), None, "{other}");
    }
    // Somebody's own Message-ID that looks like ours is found by its index.
    let mails = vec![mail(Some("m1.mine@x"))];
    let own = house.store.add_mails(Some(alice), port, mails, NOW).await.unwrap()[0].row;
    let talk = house.store.press(own, 0, Party::Login(bob.clone()), NOW).await.unwrap().conversation;
    assert_eq!(ask("m1.mine@x").await.unwrap(), Some(talk));
}

#[tokio::test]
async fn a_login_lists_its_conversations_the_latest_first() {
    let house = House::new();
    let (alice, bob) = (house.known("alice").await, house.known("bob").await);
    let (mail, _) = house.mail(&alice, &["bob"]).await;
    let talk = house.store.press(mail, 0, Party::Login(bob.clone()), NOW).await.unwrap().conversation;
    let pair = house.store.pair(alice.clone(), bob.clone(), NOW.plus(5)).await.unwrap();
    let order = || async {
        let list = house.store.conversations_of(alice.clone(), 10).await.unwrap();
        list.into_iter().map(|one| (one.conversation, one.with)).collect::<Vec<_>>()
    };
    let (talk_line, pair_line) = ((talk.id.clone(), "bob".to_owned()), (pair.id.clone(), "bob".to_owned()));
    assert_eq!(
        order().await,
        std::slice::from_ref(&talk_line),
        "a stranger must not learn that there is a bob"
    );
    let say = |conversation: &Conversation, after| Say {
        conversation: conversation.id.clone(),
        side: Side::Peer,
        by: None,
        id: "1".parse().unwrap(),
        body: Body::Text("hello".into()),
        at: NOW.plus(after),
    };
    house.store.say(say(&pair, 6)).await.unwrap();
    assert_eq!(order().await, [pair_line.clone(), talk_line.clone()]);
    house.store.say(say(&talk, 10)).await.unwrap();
    assert_eq!(order().await, [talk_line, pair_line]);
    house.store.mark(talk.id.clone(), Side::Owner, None, Some(1)).await.unwrap();
    let one = &house.store.conversations_of(alice, 1).await.unwrap();
    assert_eq!((one.len(), one[0].last, one[0].read, one[0].unread), (1, 1, 1, 0));
    assert_eq!(house.store.conversations_of(bob, 10).await.unwrap()[0].read, 0);
}

#[tokio::test]
async fn lines_of_one_s_own_other_devices_are_not_new_to_a_login() {
    let house = House::new();
    let (alice, bob) = (house.known("alice").await, house.known("bob").await);
    let (mail, _) = house.mail(&alice, &["bob"]).await;
    let talk = house.store.press(mail, 0, Party::Login(bob.clone()), NOW).await.unwrap().conversation.id;
    let unread = async |login: &LoginId| {
        let list = house.store.conversations_of(login.clone(), 10).await.unwrap();
        (list[0].last, list[0].read, list[0].unread)
    };
    for (at, (side, alices, bobs)) in [
        (Side::Owner, (1, 0, 0), (1, 0, 1)),
        (Side::Owner, (2, 0, 0), (2, 0, 2)),
        (Side::Peer, (3, 0, 1), (3, 0, 0)),
        (Side::Peer, (4, 0, 2), (4, 0, 0)),
        (Side::Owner, (5, 0, 0), (5, 0, 1)),
        (Side::Peer, (6, 0, 1), (6, 0, 0)),
    ]
    .into_iter()
    .enumerate()
    {
        let say = Say {
            conversation: talk.clone(),
            side,
            by: None,
            id: at.to_string().parse().unwrap(),
            body: Body::Text("hello".into()),
            at: NOW,
        };
        house.store.say(say).await.unwrap();
        assert_eq!((unread(&alice).await, unread(&bob).await), (alices, bobs), "after line {at}");
    }
    house.store.mark(talk, Side::Owner, None, Some(6)).await.unwrap();
    assert_eq!(unread(&alice).await, (6, 6, 0));
}
