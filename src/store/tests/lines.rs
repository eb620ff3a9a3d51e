//! Lines and marks.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

#[tokio::test]
async fn a_line_said_twice_is_kept_once() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    assert_eq!(house.say(&id, Side::Owner, "a", "one").await, Said { position: 1, fresh: true });
    assert_eq!(
        house.say(&id, Side::Peer, "a", "two").await,
        Said { position: 2, fresh: true },
        "ids are a side's own"
    );
    let house = house.again().await;
    assert_eq!(house.say(&id, Side::Owner, "a", "again").await, Said { position: 1, fresh: false });
    assert_eq!(house.say(&id, Side::Owner, "b", "three").await, Said { position: 3, fresh: true }, "no gap");
    let lines = house.store.lines_after(id.clone(), 0, 10).await.unwrap();
    let bodies: Vec<_> = lines.iter().map(|line| (line.position, line.side, line.body.clone())).collect();
    let text = |text: &str| Body::Text(text.to_owned());
    let expected =
        [(1, Side::Owner, text("one")), (2, Side::Peer, text("two")), (3, Side::Owner, text("three"))];
    assert_eq!(bodies, expected);
    assert_eq!(house.store.conversation(id).await.unwrap().unwrap().last, 3);
}

#[tokio::test]
async fn everything_about_a_line_comes_back() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    let say = Say {
        conversation: id.clone(),
        side: Side::Owner,
        by: Some(login("clerk")),
        id: "x".parse().unwrap(),
        body: Body::Sealed("AAECAw".into()),
        at: NOW,
    };
    house.store.say(say.clone()).await.unwrap();
    let line = house.store.lines_after(id, 0, 1).await.unwrap().remove(0);
    let expected =
        LineRow { position: 1, side: say.side, by: say.by, id: say.id, body: say.body, at: say.at };
    assert_eq!(line, expected);
}

#[tokio::test]
async fn lines_come_in_pages_from_both_ends() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    for n in 1..=7 {
        house.say(&id, Side::Owner, &n.to_string(), &format!("line {n}")).await;
    }
    let after = |after, limit| house.store.lines_after(id.clone(), after, limit);
    let before = |before, limit| house.store.lines_before(id.clone(), before, limit);
    let places = |lines: Vec<LineRow>| lines.into_iter().map(|line| line.position).collect::<Vec<_>>();
    assert_eq!(places(after(0, 3).await.unwrap()), [1, 2, 3]);
    assert_eq!(places(after(5, 9).await.unwrap()), [6, 7]);
    assert_eq!(places(after(u64::MAX, 9).await.unwrap()), [0; 0]);
    assert_eq!(places(before(None, 3).await.unwrap()), [5, 6, 7]);
    assert_eq!(places(before(Some(3), 9).await.unwrap()), [1, 2]);
    assert_eq!(places(before(Some(0), 9).await.unwrap()), [0; 0]);
    assert_eq!(places(before(Some(u64::MAX), 1).await.unwrap()), [7]);
}

#[tokio::test]
async fn nothing_is_said_where_no_conversation_is() {
    let house = House::new();
    let nowhere: ConversationId = "nowhere".parse().unwrap();
    let say = Say {
        conversation: nowhere.clone(),
        side: Side::Owner,
        by: None,
        id: "1".parse().unwrap(),
        body: Body::Text(String::new()),
        at: NOW,
    };
    not_found(house.store.say(say).await, "conversation");
    not_found(house.store.mark(nowhere.clone(), Side::Owner, Some(1), None).await, "conversation");
    not_found(house.store.marks(nowhere.clone(), Side::Owner).await, "conversation");
    assert_eq!(house.store.lines_after(nowhere, 0, 10).await.unwrap(), []);
}

#[tokio::test]
async fn marks_only_grow_and_never_past_the_last_line() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    for n in 1..=5 {
        house.say(&id, Side::Owner, &n.to_string(), "words").await;
    }
    let mark = |received, read| house.store.mark(id.clone(), Side::Peer, received, read);
    let marks = |received, read| Marks { received, read };
    assert_eq!(mark(Some(2), None).await.unwrap(), marks(2, 0));
    assert_eq!(mark(Some(1), Some(1)).await.unwrap(), marks(2, 1));
    assert_eq!(mark(None, Some(4)).await.unwrap(), marks(4, 4), "what was read was received");
    assert_eq!(mark(Some(u64::MAX), Some(99)).await.unwrap(), marks(5, 5));
    assert_eq!(mark(None, None).await.unwrap(), marks(5, 5));
    assert_eq!(house.store.marks(id.clone(), Side::Peer).await.unwrap(), marks(5, 5));
    assert_eq!(house.store.marks(id, Side::Owner).await.unwrap(), Marks::default(), "each side its own");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    /// Whatever two sides say, repeat and read in whatever order.
    #[test]
    fn positions_have_no_gap_and_never_change(said in prop::collection::vec((any::<bool>(), 0u8..12), 1..30)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let house = House::new();
            let alice = house.known("alice").await;
            let id = house.conversation(&alice).await.id;
            let mut first: HashMap<(bool, u8), u64> = HashMap::new();
            for (owner, name) in said {
                let side = if owner { Side::Owner } else { Side::Peer };
                let next = first.len() as u64 + 1;
                let expected = *first.entry((owner, name)).or_insert(next);
                let found = house.say(&id, side, &name.to_string(), "words").await;
                assert_eq!(found, Said { position: expected, fresh: expected == next });
            }
            let lines = house.store.lines_after(id.clone(), 0, 100).await.unwrap();
            assert!(lines.iter().map(|line| line.position).eq(1..=first.len() as u64));
            assert_eq!(house.store.lines_before(id, None, 100).await.unwrap(), lines);
        });
    }
}
