//! Acknowledged means committed.

use std::{
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use super::*;

fn line(conversation: &ConversationId, id: String) -> Say {
    Say {
        conversation: conversation.clone(),
        side: Side::Owner,
        by: None,
        id: id.parse().unwrap(),
        body: Body::Text("words ".repeat(20)),
        at: NOW,
    }
}

/// Lets COMMIT, and nothing before it, fail for whatever writes a line or a host.
async fn break_commits(store: &Store) {
    let broken = "CREATE TABLE broken (x INTEGER REFERENCES login (row) DEFERRABLE INITIALLY DEFERRED);
        CREATE TRIGGER break_line AFTER INSERT ON line BEGIN INSERT INTO broken VALUES (-1); END;
        CREATE TRIGGER break_host AFTER UPDATE ON presence BEGIN INSERT INTO broken VALUES (-1); END;";
    store.write(move |db| Ok(db.sql.execute_batch(broken)?)).await.unwrap();
}

async fn mend_commits(store: &Store) {
    let mended = "DROP TRIGGER break_line; DROP TRIGGER break_host;";
    store.write(move |db| Ok(db.sql.execute_batch(mended)?)).await.unwrap();
}

#[tokio::test]
async fn when_commit_fails_nothing_is_acknowledged_and_the_writer_goes_on() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    break_commits(&house.store).await;
    let tries: Vec<_> = (0..20)
        .map(|n| {
            let (store, say) = (house.store.clone(), line(&id, n.to_string()));
            tokio::spawn(async move { store.say(say).await })
        })
        .collect();
    for attempt in tries {
        assert!(matches!(attempt.await.unwrap(), Err(StoreError::Disk(_))));
    }
    assert_eq!(house.store.lines_after(id.clone(), 0, 100).await.unwrap(), []);
    mend_commits(&house.store).await;
    assert_eq!(house.store.say(line(&id, "x".into())).await.unwrap(), Said { position: 1, fresh: true });
}

#[tokio::test]
async fn what_follows_a_commit_does_not_follow_one_that_failed() {
    let house = House::new();
    let alice = house.known("alice").await;
    break_commits(&house.store).await;
    let host = "192.0.2.1".to_owned();
    assert!(house.store.touch(alice.clone(), host.clone(), NOW).await.is_err());
    mend_commits(&house.store).await;
    house.store.touch(alice.clone(), host.clone(), NOW).await.unwrap();
    let row = house.store.presence(alice).await.unwrap().unwrap();
    assert_eq!(row.host, Some(host), "it was not remembered as written");
}

#[tokio::test]
async fn a_full_disk_loses_nothing_acknowledged() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    let limit = |pages: i64| {
        house.store.write(move |db| {
            let now: i64 = db.sql.pragma_query_value(None, "page_count", |row| row.get(0))?;
            db.sql.pragma_update_and_check(None, "max_page_count", now + pages, |_| Ok(()))?;
            Ok(())
        })
    };
    limit(16).await.unwrap();
    let (mut said, mut refused) = (0, 0);
    for group in 0..20 {
        let tries: Vec<_> = (0..10)
            .map(|n| {
                let (store, say) = (house.store.clone(), line(&id, format!("{group}-{n}")));
                tokio::spawn(async move { store.say(say).await })
            })
            .collect();
        for attempt in tries {
            match attempt.await.unwrap() {
                Ok(_) => said += 1,
                Err(StoreError::Disk(_)) => refused += 1,
                Err(other) => panic!("{other:?}"),
            }
        }
    }
    assert!(said > 0 && refused > 0, "{said} said, {refused} refused");
    let house = house.again().await;
    let lines = house.store.lines_after(id.clone(), 0, 1000).await.unwrap();
    assert_eq!(lines.len(), said);
    assert!(lines.iter().zip(1..).all(|(line, place)| line.position == place), "no gap");
    let next = house.store.say(line(&id, "room-again".into())).await.unwrap();
    assert_eq!(next.position, said as u64 + 1);
}

#[tokio::test]
async fn a_job_that_fails_or_panics_leaves_no_trace_in_its_group() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    // The first job keeps the writer busy until the others wait behind it: they are one group.
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let busy = {
        let store = house.store.clone();
        tokio::spawn(async move { store.write(move |_| Ok(wait.recv().is_ok())).await })
    };
    let half_done = |fail: bool| {
        let store = house.store.clone();
        tokio::spawn(async move {
            store
                .write::<()>(move |db| {
                    db.run("UPDATE /* all */ conversation SET last = 99", [])?;
                    if fail { Err(StoreError::Taken) } else { panic!("as a bug would") }
                })
                .await
        })
    };
    let say = |n: u32| {
        let (store, say) = (house.store.clone(), line(&id, n.to_string()));
        tokio::spawn(async move { store.say(say).await })
    };
    let (first, failed, second, panicked, third) =
        (say(1), half_done(true), say(2), half_done(false), say(3));
    tokio::task::yield_now().await;
    go.send(()).unwrap();
    assert!(busy.await.unwrap().unwrap());
    assert!(matches!(failed.await.unwrap(), Err(StoreError::Taken)));
    assert!(matches!(panicked.await.unwrap(), Err(StoreError::File(why)) if why.contains("bug")));
    let mut places = Vec::new();
    for said in [first, second, third] {
        places.push(said.await.unwrap().unwrap().position);
    }
    assert_eq!(places, [1, 2, 3]);
}

#[tokio::test]
async fn a_caller_that_goes_away_changes_nothing_for_the_others() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    let tasks: Vec<_> = (0..50)
        .map(|n| {
            let (store, say) = (house.store.clone(), line(&id, n.to_string()));
            tokio::spawn(async move { store.say(say).await })
        })
        .collect();
    for (n, task) in tasks.into_iter().enumerate() {
        if n % 2 == 0 {
            task.abort();
        } else {
            task.await.unwrap().unwrap();
        }
    }
    let house = house.again().await;
    let lines = house.store.lines_after(id, 0, 100).await.unwrap();
    assert!(lines.len() >= 25 && lines.iter().zip(1..).all(|(line, place)| line.position == place));
}

/// A copy of the files while the store writes is what a crash would leave.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_acknowledged_is_in_the_files_at_any_instant() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let (running, next) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU64::new(0)));
    let speakers: Vec<_> = (0..16)
        .map(|_| {
            let (store, id, acknowledged) = (house.store.clone(), id.clone(), Arc::clone(&acknowledged));
            let (running, next) = (Arc::clone(&running), Arc::clone(&next));
            tokio::spawn(async move {
                while running.load(Ordering::SeqCst) {
                    let name = next.fetch_add(1, Ordering::SeqCst).to_string();
                    let said = store.say(line(&id, name.clone())).await.unwrap();
                    acknowledged.lock().unwrap().push((said.position, name));
                }
            })
        })
        .collect();
    let mut seen = 0;
    for instant in 0..5 {
        while acknowledged.lock().unwrap().len() < seen + 40 {
            tokio::task::yield_now().await;
        }
        let before = acknowledged.lock().unwrap().clone();
        seen = before.len();
        let copy = tempfile::tempdir().unwrap();
        // The log last: it holds what was committed since, and no checkpoint comes before 32 MiB.
        for file in ["ch.db", "ch.db-wal"] {
            fs::copy(house.place.data.join(file), copy.path().join(file)).unwrap();
        }
        let place = Place {
            data: copy.path().to_owned(),
            keys: Some(house.place.key_dir()),
            ports: house.place.ports.clone(),
        };
        let store = Store::open(&place).unwrap();
        let lines = store.lines_after(id.clone(), 0, u32::MAX).await.unwrap();
        for (position, name) in before {
            let line = &lines[usize::try_from(position).unwrap() - 1];
            assert_eq!((line.position, line.id.as_str()), (position, name.as_str()), "copy {instant}");
        }
    }
    running.store(false, Ordering::SeqCst);
    for speaker in speakers {
        speaker.await.unwrap();
    }
}

#[tokio::test]
async fn what_was_sent_before_close_is_written_what_comes_after_is_refused() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    let tasks: Vec<_> = (0..50)
        .map(|n| {
            let (store, say) = (house.store.clone(), line(&id, n.to_string()));
            tokio::spawn(async move { store.say(say).await })
        })
        .collect();
    tokio::task::yield_now().await;
    house.store.close().await;
    let mut said = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => said += 1,
            Err(StoreError::Closed) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(matches!(house.store.say(line(&id, "late".into())).await, Err(StoreError::Closed)));
    assert!(matches!(house.store.conversation(id.clone()).await, Err(StoreError::Closed)));
    house.store.close().await;
    let again = Store::open(&house.place).unwrap();
    assert_eq!(again.lines_after(id, 0, 100).await.unwrap().len(), said);
}
