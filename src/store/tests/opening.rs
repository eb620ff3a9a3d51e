//! Opening, the schema's versions, backup and restore.

use std::{fs, os::unix::fs::MetadataExt};

use ring::digest;
use rusqlite::{Connection, StatementStatus};

use super::*;

fn place(dir: &tempfile::TempDir, name: &str) -> Place {
    Place { data: dir.path().join(name), keys: None, ports: vec![(1, 9)] }
}

#[tokio::test]
async fn only_one_server_has_the_data() {
    let house = House::new();
    assert!(matches!(Store::open(&house.place), Err(StoreError::Locked(_))));
    house.store.close().await;
    let second = Store::open(&house.place).unwrap();
    drop(second);
    drop(Store::open(&house.place).unwrap());
}

#[tokio::test]
async fn all_files_are_for_their_owner_alone() {
    let house = House::new();
    house.known("alice").await;
    for name in ["ch.db", "ch.db-wal", "ch.db-shm", "lock", "keys/seal"] {
        let mode = fs::metadata(house.place.data.join(name)).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_eq!(fs::metadata(&house.place.data).unwrap().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn a_database_without_its_keys_is_refused() {
    let house = House::new();
    house.store.close().await;
    fs::remove_dir_all(house.place.key_dir()).unwrap();
    assert!(matches!(Store::open(&house.place), Err(StoreError::Keys(_))));
    assert!(!house.place.key_dir().exists(), "never made anew");
}

#[tokio::test]
async fn the_keys_of_another_database_are_refused_by_name_before_anything_is_made_with_them() {
    let (house, other) = (House::new(), House::new());
    let alice = house.known("alice").await;
    house.store.close().await;
    for name in ["ticket", "seal", "index"] {
        let path = house.place.key_dir().join(name);
        let own = fs::read(&path).unwrap();
        fs::copy(other.place.key_dir().join(name), &path).unwrap();
        let named = path.display().to_string();
        assert!(matches!(Store::open(&house.place), Err(StoreError::Keys(why)) if why.contains(&named)));
        fs::write(&path, own).unwrap();
    }
    assert!(Store::open(&house.place).unwrap().login(alice).await.unwrap().is_some());
}

#[tokio::test]
async fn no_statement_is_prepared_anew_for_another_limit() {
    let house = House::new();
    let prepared = |db: Db<'_>| {
        let mut statement = db.sql.prepare_cached("SELECT row FROM login WHERE row > ?1 LIMIT ?2")?;
        for limit in 1..5 {
            statement.query_map([limit, limit], |row| row.get::<_, i64>(0))?.for_each(drop);
        }
        Ok(statement.get_status(StatementStatus::RePrepare))
    };
    assert_eq!(house.store.read(prepared).await.unwrap(), 0);
    assert_eq!(house.store.write(prepared).await.unwrap(), 0);
}

#[test]
fn the_first_schema_is_frozen() {
    let print = |text: &str| {
        digest::digest(&digest::SHA256, text.as_bytes())
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    };
    let now: String = print(open::MIGRATIONS[0]);
    assert_eq!(now, FIRST, "schema/001.sql is in databases out there: change it by a 002.sql");
}

const FIRST: &str = "562eac95e9fcf8092eb6ebbe8296c43f95389b9e87f5f9943e3a3023146c2769";

#[tokio::test]
async fn a_database_made_with_the_first_schema_opens() {
    let dir = tempfile::tempdir().unwrap();
    let place = place(&dir, "data");
    fs::create_dir(&place.data).unwrap();
    Keys::open(&place.key_dir(), false).unwrap();
    let keys = Keys::open(&place.key_dir(), true).unwrap();
    let old = Connection::open(place.database()).unwrap();
    old.execute_batch(include_str!("../schema/001.sql")).unwrap();
    old.pragma_update(None, "application_id", 0x6368_6d6c).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    let mail = keys.seal("login.mail", "alice", "alice@example.org").unwrap();
    let index = keys.index("login.mail", "alice@example.org");
    let add = "INSERT INTO login (name, mail, mail_index, verified, created) VALUES ('alice', ?1, ?2, 1, 5)";
    old.execute(add, (mail, index)).unwrap();
    old.execute("INSERT INTO device (id, login, token, name, created) VALUES ('d', 1, ?1, ?2, 5)", {
        (token("alice").0, keys.seal("device.name", "d", "laptop").unwrap())
    })
    .unwrap();
    drop(old);
    let store = Store::open(&place).unwrap();
    assert_eq!(store.device(token("alice")).await.unwrap().unwrap().name, "laptop");
    assert!(store.browser(token("alice"), Time(6)).await.unwrap().is_none(), "what was there is no browser");
    let row = store.login(login("alice")).await.unwrap().unwrap();
    assert_eq!((row.mail.as_str(), row.verified, row.created), ("alice@example.org", true, Time(5)));
    assert_eq!(store.login_by_mail(address("alice")).await.unwrap(), Some(login("alice")));
    assert_eq!(store.attempt(vec![(1, 0, 1)], Time(7)).await.unwrap(), [Marked::At(Time(7), false)]);
}

#[tokio::test]
async fn a_database_of_a_later_version_is_refused_and_left_alone() {
    let house = House::new();
    house.store.close().await;
    let sql = Connection::open(house.place.database()).unwrap();
    sql.pragma_update(None, "user_version", 9).unwrap();
    drop(sql);
    let refused = Store::open(&house.place);
    assert!(matches!(refused, Err(StoreError::Version(why)) if why.contains("schema 9")));
}

#[test]
fn a_database_of_another_program_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let place = place(&dir, "data");
    fs::create_dir(&place.data).unwrap();
    Keys::open(&place.key_dir(), false).unwrap();
    Connection::open(place.database()).unwrap().execute_batch("CREATE TABLE login (x)").unwrap();
    assert!(matches!(Store::open(&place), Err(StoreError::Version(_))));
    fs::write(place.database(), "this is no database at all, whatever its name says").unwrap();
    assert!(matches!(Store::open(&place), Err(StoreError::Disk(_))));
}

#[test]
fn what_a_crash_left_before_the_first_page_is_no_database() {
    let dir = tempfile::tempdir().unwrap();
    let place = place(&dir, "data");
    fs::create_dir(&place.data).unwrap();
    fs::write(place.database(), "").unwrap();
    fs::create_dir(place.key_dir()).unwrap();
    fs::write(place.key_dir().join(".seal.1.new"), "half a l").unwrap();
    Store::open(&place).unwrap();
}

#[tokio::test]
async fn a_backup_beside_a_running_server_restores_everything_but_the_keys() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    for n in 0..50 {
        house.say(&id, Side::Owner, &n.to_string(), "kept").await;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("backup.db");
    fs::write(&file, "an earlier one").unwrap();
    Store::backup(&house.place, &file).unwrap();
    house.say(&id, Side::Owner, "later", "not in it").await;
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    let names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["backup.db"], "one file, nothing beside it");

    let new = place(&dir, "new");
    Store::restore(&new, &file).unwrap();
    assert!(matches!(Store::open(&new), Err(StoreError::Keys(_))), "the keys are not in it");
    let new = Place { keys: Some(house.place.key_dir()), ..new };
    let store = Store::open(&new).unwrap();
    assert_eq!(store.lines_after(id, 0, 100).await.unwrap().len(), 50);
    assert_eq!(store.login_by_mail(address("alice")).await.unwrap(), Some(alice));
    assert!(matches!(Store::restore(&new, &file), Err(StoreError::Locked(_))));
    store.close().await;
    assert!(matches!(Store::restore(&new, &file), Err(StoreError::Create(why)) if why.contains("already")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_is_whole() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    let (store, talk) = (house.store.clone(), id.clone());
    let speaker = tokio::spawn(async move {
        for n in 0.. {
            let say = Say {
                conversation: talk.clone(),
                side: Side::Owner,
                by: None,
                id: format!("{n}").parse().unwrap(),
                body: Body::Text("words".into()),
                at: NOW,
            };
            if store.say(say).await.is_err() {
                return;
            }
        }
    });
    let dir = tempfile::tempdir().unwrap();
    for round in 0..5 {
        let last = house.store.conversation(id.clone()).await.unwrap().unwrap().last;
        let file = dir.path().join(round.to_string());
        let from = house.place.clone();
        let to = file.clone();
        tokio::task::spawn_blocking(move || Store::backup(&from, &to)).await.unwrap().unwrap();
        let copy = place(&dir, &format!("data-{round}"));
        Store::restore(&copy, &file).unwrap();
        let store = Store::open(&Place { keys: Some(house.place.key_dir()), ..copy }).unwrap();
        let lines = store.lines_after(id.clone(), 0, u32::MAX).await.unwrap();
        assert!(lines.len() as u64 >= last, "what was acknowledged before the backup began is in it");
    }
    house.store.close().await;
    speaker.await.unwrap();
}

#[tokio::test]
async fn what_is_no_backup_is_not_restored() {
    let house = House::new();
    house.known("alice").await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("backup.db");
    Store::backup(&house.place, &file).unwrap();
    let good = fs::read(&file).unwrap();
    let mut damaged = good.clone();
    for byte in &mut damaged[8192..12288] {
        *byte = 0x5a;
    }
    for (what, bytes) in
        [("empty", &b""[..]), ("text", b"hello"), ("half", &good[..good.len() / 2]), ("damaged", &damaged)]
    {
        fs::write(&file, bytes).unwrap();
        let to = place(&dir, what);
        let refused = Store::restore(&to, &file);
        assert!(matches!(&refused, Err(StoreError::NoBackup(_))), "{what}: {refused:?}");
        let left: Vec<_> = fs::read_dir(&to.data).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["lock"], "{what}: nothing half done stays");
    }
    assert!(matches!(
        Store::restore(&place(&dir, "gone"), &dir.path().join("none")),
        Err(StoreError::Absent(_))
    ));
}

#[test]
fn a_backup_that_cannot_be_written_says_why() {
    let house = House::new();
    let dir = tempfile::tempdir().unwrap();
    let nowhere = Store::backup(&house.place, &dir.path().join("no/such/file"));
    assert!(matches!(nowhere, Err(StoreError::Create(why)) if why.contains("no/such")));
    let empty = Store::backup(&place(&dir, "empty"), &dir.path().join("file"));
    assert!(matches!(empty, Err(StoreError::Absent(_))));
    assert!(!dir.path().join("file").exists());
}

#[test]
fn a_backup_replaces_a_file_or_what_a_link_leads_to_and_nothing_else() {
    let house = House::new();
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("dir")).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    std::os::unix::fs::symlink("nowhere", at("astray")).unwrap();
    for name in ["dir", "socket", "astray"] {
        let before = fs::symlink_metadata(at(name)).unwrap().file_type();
        assert!(matches!(Store::backup(&house.place, &at(name)), Err(StoreError::Create(_))), "{name}");
        assert_eq!(fs::symlink_metadata(at(name)).unwrap().file_type(), before, "{name}");
    }
    drop(socket);
    fs::write(at("real.db"), "an earlier one").unwrap();
    std::os::unix::fs::symlink("real.db", at("link.db")).unwrap();
    Store::backup(&house.place, &at("link.db")).unwrap();
    assert!(fs::symlink_metadata(at("link.db")).unwrap().is_symlink());
    assert!(fs::read(at("real.db")).unwrap().starts_with(b"SQLite format 3\0"));
}

#[tokio::test]
async fn a_backup_never_takes_the_place_of_the_database() {
    let house = House::new();
    let alice = house.known("alice").await;
    let itself = Store::backup(&house.place, &house.place.data.join("./ch.db"));
    assert!(matches!(itself, Err(StoreError::Create(why)) if why.contains("itself")));
    assert!(house.again().await.store.login(alice).await.unwrap().is_some());
}

#[tokio::test]
async fn a_copy_of_a_stopped_servers_database_restores_too() {
    let house = House::new();
    let alice = house.known("alice").await;
    house.store.close().await;
    let dir = tempfile::tempdir().unwrap();
    fs::copy(house.place.database(), dir.path().join("copy.db")).unwrap();
    let new = Place { keys: Some(house.place.key_dir()), ..place(&dir, "new") };
    Store::restore(&new, &dir.path().join("copy.db")).unwrap();
    let mut left: Vec<_> = fs::read_dir(&new.data).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["ch.db", "lock"]);
    assert!(Store::open(&new).unwrap().login(alice).await.unwrap().is_some());
}

#[test]
fn only_what_time_can_mend_is_transient() {
    let disk = |code| StoreError::Disk(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None));
    assert!(
        disk(rusqlite::ffi::SQLITE_FULL).is_transient() && disk(rusqlite::ffi::SQLITE_BUSY).is_transient()
    );
    assert!(!disk(rusqlite::ffi::SQLITE_CORRUPT).is_transient() && !StoreError::Taken.is_transient());
    assert!(
        StoreError::Locked(String::new()).is_transient() && !StoreError::Keys(String::new()).is_transient()
    );
}

#[test]
fn a_log_without_its_database_is_not_written_over() {
    let house = House::new();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("backup.db");
    Store::backup(&house.place, &file).unwrap();
    let to = place(&dir, "data");
    fs::create_dir(&to.data).unwrap();
    fs::write(to.data.join("ch.db-wal"), "a log").unwrap();
    assert!(matches!(Store::restore(&to, &file), Err(StoreError::Create(_))));
}

#[test]
fn a_data_directory_that_cannot_be_made_says_why() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    let refused = Store::open(&place(&dir, "file/data"));
    assert!(matches!(refused, Err(StoreError::Create(why)) if why.contains("file/data")));
}
