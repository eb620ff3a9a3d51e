//! How much the store makes durable a second, and how long a caller waits: `cargo bench --bench store`.
//!
//! `CH_BENCH_DIR` says on which disk (default: the system's temporary directory), `CH_BENCH_SECS` how many seconds
//! each figure takes (default 3). A word as argument (`-- lines`) measures only what has it in its name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::disallowed_macros)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chmail::{
    call::{Party, Side},
    store::{Body, NewDevice, NewMail, Place, Say, Store},
    wire::{ConversationId, LoginId, SecretHash, Time},
};

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let dir = match std::env::var_os("CH_BENCH_DIR") {
        Some(dir) => tempfile::tempdir_in(dir).unwrap(),
        None => tempfile::tempdir().unwrap(),
    };
    let place = Place { data: dir.path().join("data"), keys: None, ports: vec![(10_000, 32_767)] };
    let store = Store::open(&place).unwrap();
    println!(
        "{:34} {:>10} {:>9} {:>9} {:>9} {:>9}",
        "what", "a second", "p50 ms", "p99 ms", "max ms", "CPU µs"
    );

    let logins = Arc::new(register(&store, 1000).await);
    for callers in [1, 16, 64, 128] {
        let logins = Arc::clone(&logins);
        measure(
            &store,
            &format!("presence refreshes, {callers} callers"),
            callers,
            move |store, caller, n| {
                let login = logins[(caller * 131 + n) % logins.len()].clone();
                async move {
                    store.refresh(login, format!("192.0.2.{}", n % 250), vec![], Time::now()).await.unwrap();
                }
            },
        )
        .await;
    }

    let talks = Arc::new(conversations(&store, &logins[0], 100).await);
    for callers in [1, 16, 100, 400] {
        let talks = Arc::clone(&talks);
        measure(
            &store,
            &format!("lines of 100 bytes, {callers} callers"),
            callers,
            move |store, caller, n| {
                let say = Say {
                    conversation: talks[caller % talks.len()].clone(),
                    side: Side::Peer,
                    by: None,
                    id: format!("{callers}-{caller}-{n}").parse().unwrap(),
                    body: Body::Text("x".repeat(100)),
                    at: Time::now(),
                };
                async move {
                    store.say(say).await.unwrap();
                }
            },
        )
        .await;
    }

    let talks_again = Arc::clone(&talks);
    measure(&store, "marks, 100 callers", 100, move |store, caller, n| {
        let talk = talks_again[caller].clone();
        async move {
            store.mark(talk, Side::Owner, Some(n as u64), None).await.unwrap();
        }
    })
    .await;

    measure(&store, "pages of 100 lines, 4 callers", 4, move |store, caller, n| {
        let talk = talks[(caller * 31 + n) % talks.len()].clone();
        async move {
            store.lines_before(talk, None, 100).await.unwrap();
        }
    })
    .await;

    measure(&store, "devices by token, 4 callers", 4, |store, _, n| async move {
        store.device(token(n % 1000)).await.unwrap().unwrap();
    })
    .await;

    let owner = logins[0].clone();
    let port = store.assign_port(owner.clone(), false, Time::now()).await.unwrap().port;
    measure(&store, "mails of 1 recipient, 500 at a time", 4, move |store, _, n| {
        let mails = (0..500)
            .map(|each| NewMail {
                recipients: vec![format!("r{n}-{each}@example.org")],
                message_id: Some(format!("{n}-{each}@example.org")),
                subject: Some("boots".to_owned()),
                ..NewMail::default()
            })
            .collect();
        let owner = owner.clone();
        async move {
            store.add_mails(Some(owner), port, mails, Time::now()).await.unwrap();
        }
    })
    .await;
    store.close().await;
}

fn token(n: usize) -> SecretHash {
    SecretHash::of(format!("token of {n}").as_bytes())
}

async fn register(store: &Store, count: usize) -> Vec<LoginId> {
    let mut tasks = Vec::new();
    for n in 0..count {
        let (store, login) = (store.clone(), format!("login{n}").parse::<LoginId>().unwrap());
        tasks.push(tokio::spawn(async move {
            let device = NewDevice { token: token(n), name: "bench".to_owned() };
            store.register(login.clone(), format!("{login}@example.org"), device, Time::now()).await.unwrap();
            login
        }));
    }
    let mut logins = Vec::new();
    for task in tasks {
        logins.push(task.await.unwrap());
    }
    logins
}

async fn conversations(store: &Store, owner: &LoginId, count: u32) -> Vec<ConversationId> {
    let now = Time::now();
    let port = store.assign_port(owner.clone(), false, now).await.unwrap().port;
    let recipients = (0..count).map(|n| format!("r{n}@example.org")).collect();
    let mail = NewMail { recipients, ..NewMail::default() };
    let row = store.add_mails(Some(owner.clone()), port, vec![mail], now).await.unwrap()[0].row;
    let mut talks = Vec::new();
    for n in 0..count {
        let guest = Party::Guest(SecretHash::of(&n.to_be_bytes()));
        talks.push(store.press(row, n, guest, now).await.unwrap().conversation.id);
    }
    talks
}

/// Each caller asks again as soon as it was answered.
async fn measure<F: Future<Output = ()> + Send + 'static>(
    store: &Store,
    what: &str,
    callers: usize,
    ask: impl Fn(Store, usize, usize) -> F + Send + Sync + Clone + 'static,
) {
    let wanted = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    if wanted.is_some_and(|word| !what.contains(&word)) {
        return;
    }
    let worked = cpu_seconds();
    let seconds = std::env::var("CH_BENCH_SECS").ok().and_then(|secs| secs.parse().ok()).unwrap_or(3);
    let length = Duration::from_secs(seconds);
    let done = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let (store, ask, done) = (store.clone(), ask.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                let mut waits = Vec::new();
                let mut n = 0;
                while began.elapsed() < length {
                    let asked = Instant::now();
                    ask(store.clone(), caller, n).await;
                    waits.push(asked.elapsed());
                    done.fetch_add(1, Ordering::Relaxed);
                    n += 1;
                }
                waits
            })
        })
        .collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await.unwrap());
    }
    let rate = done.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    waits.sort_unstable();
    let at = |part: f64| waits[((waits.len() - 1) as f64 * part) as usize].as_secs_f64() * 1000.0;
    let each = (cpu_seconds() - worked) * 1e6 / waits.len() as f64;
    println!("{what:34} {rate:>10.0} {:>9.2} {:>9.2} {:>9.2} {each:>9.1}", at(0.5), at(0.99), at(1.0));
}

/// What this process has used of all processors so far, the bench's own part included (proc(5), fields 14 and
/// 15, in hundredths).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    ticks as f64 / 100.0
}
