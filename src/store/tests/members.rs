//! Members, what they agreed to, and the ledger of it.

use super::*;
use crate::{
    store::{Changed, MemberChange, Proof},
    wire::promotion::PROMOTION,
};

fn bob() -> MemberChange {
    MemberChange {
        mail: "Bob@example.org".to_owned(),
        name: Some("Bob".to_owned()),
        tag: vec!["running".to_owned(), "city:Seoul".to_owned()],
        locale: Some("ko-KR".to_owned()),
        consent: vec![PROMOTION.to_owned()],
        proof: Proof {
            how: "import".to_owned(),
            text: Some("paper form, March".to_owned()),
            ..Proof::default()
        },
        ..MemberChange::default()
    }
}

async fn change(store: &Store, change: MemberChange, at: i64) -> Changed {
    store.change_members(vec![change], Time(at)).await.unwrap()[0]
}

#[tokio::test]
async fn the_same_import_again_changes_nothing() {
    let house = House::new();
    let store = &house.store;
    assert_eq!(change(store, bob(), 1).await, Changed::Added);
    assert_eq!(change(store, bob(), 2).await, Changed::Same);
    let member = store.member("bob@EXAMPLE.org".to_owned()).await.unwrap().unwrap();
    assert_eq!(member.tags, ["city:Seoul", "running"]);
    assert_eq!((member.consent, member.suppressed), (vec![PROMOTION.to_owned()], false));
    let other = MemberChange { untag: vec!["running".to_owned()], name: Some(String::new()), ..bob() };
    let other = MemberChange { tag: Vec::new(), ..other };
    assert_eq!(change(store, other, 3).await, Changed::Changed);
    let member = store.member("bob@example.org".to_owned()).await.unwrap().unwrap();
    assert_eq!((member.tags, member.name), (vec!["city:Seoul".to_owned()], None));
}

#[tokio::test]
async fn an_old_list_does_not_turn_a_no_into_a_yes() {
    let house = House::new();
    let store = &house.store;
    change(store, bob(), 1).await;
    let number = store.member("bob@example.org".to_owned()).await.unwrap().unwrap().member;
    let said = Proof { how: "one-click".to_owned(), ..Proof::default() };
    assert!(store.withdraw_consent(number, PROMOTION.to_owned(), said.clone(), Time(2)).await.unwrap());
    assert!(!store.withdraw_consent(number, PROMOTION.to_owned(), said, Time(3)).await.unwrap());
    assert_eq!(change(store, bob(), 4).await, Changed::KeptNo);
    assert!(store.member("bob@example.org".to_owned()).await.unwrap().unwrap().consent.is_empty());
    assert_eq!(change(store, MemberChange { anew: true, ..bob() }, 5).await, Changed::Changed);
    assert_eq!(broken(store).await, None);
}

#[tokio::test]
async fn a_ledger_that_was_rewritten_is_found_out() {
    let house = House::new();
    let store = &house.store;
    for at in 1..20 {
        let mail = format!("m{at}@example.org");
        change(store, MemberChange { mail, ..bob() }, at).await;
    }
    assert_eq!(broken(store).await, None);
    let sql = rusqlite::Connection::open(house.place.data.join("ch.db")).unwrap();
    for rewrite in ["DELETE FROM entry WHERE row = 3", "UPDATE entry SET at = 99 WHERE row = 3"] {
        assert!(sql.execute(rewrite, []).is_err(), "{rewrite}");
    }
    sql.execute_batch("DROP TRIGGER entry_is_said; UPDATE entry SET at = 99 WHERE row = 7").unwrap();
    assert_eq!(broken(store).await, Some(7));
    sql.execute_batch("UPDATE entry SET at = 7 WHERE row = 7; DROP TRIGGER entry_stays; DELETE FROM entry WHERE row = 19; DELETE FROM entry WHERE row = 5")
        .unwrap();
    assert_eq!(broken(store).await, Some(6));
}

async fn broken(store: &Store) -> Option<i64> {
    let mut after = 0;
    loop {
        let (next, broken) = store.check_ledger(after).await.unwrap();
        if broken.is_some() || next == after {
            return broken;
        }
        after = next;
    }
}
