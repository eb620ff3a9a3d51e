//! Senders and the server are killed at random instants while a mail server misbehaves: its own record of what came,
//! beside the ledger, member by member.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::json;

use super::*;
use crate::{
    kill::Chance,
    world::{
        Person, Running,
        sink::{Answer, Sink, Step},
    },
};

/// Connections of one sender.
const CONNECTIONS: usize = 4;
/// Members for each kill.
const EACH: usize = 80;
/// Every so manieth final dot is answered by nothing.
const DROPPED: usize = 61;
/// Every so manieth is answered late, or never.
const STALLED: usize = 149;

/// A mail server of which every answer may be the wrong one, until it is told to be kind.
struct Moody {
    sink: Sink,
    is_kind: Arc<AtomicBool>,
    /// Mails that it took without a word.
    silent: Arc<AtomicUsize>,
}

/// The number of a member, from an address.
fn number(address: &str) -> u32 {
    let digits: String = address.chars().skip_while(|c| *c != 'm').skip(1).collect();
    digits.split('@').next().unwrap().parse().unwrap()
}

fn is_refused(member: u32) -> bool {
    member.is_multiple_of(29)
}

impl Moody {
    fn start() -> Self {
        let (is_kind, silent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (kind, silence) = (Arc::clone(&is_kind), Arc::clone(&silent));
        let (dots, connections) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let greylisted = std::sync::Mutex::new(BTreeSet::new());
        let sink = Sink::start(move |step, line| {
            let is_kind = kind.load(Ordering::SeqCst);
            match step {
                Step::Connected if connections.fetch_add(1, Ordering::SeqCst) % 13 == 12 => {
                    Answer::Say("421 4.3.2 too many of you".to_owned())
                }
                Step::Rcpt => {
                    let member = number(line.split_once('<').unwrap().1);
                    if is_refused(member) {
                        Answer::Say("550 5.1.1 nobody here".to_owned())
                    } else if !is_kind
                        && member.is_multiple_of(17)
                        && greylisted.lock().unwrap().insert(member)
                    {
                        Answer::Say("450 4.2.0 come again".to_owned())
                    } else {
                        Answer::Fine
                    }
                }
                Step::Dot if !is_kind => {
                    let dot = dots.fetch_add(1, Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(8));
                    if dot % DROPPED == DROPPED - 1 {
                        silence.fetch_add(1, Ordering::SeqCst);
                        Answer::Close
                    } else if dot % STALLED == STALLED - 1 {
                        silence.fetch_add(1, Ordering::SeqCst);
                        Answer::Silence
                    } else if dot % 31 == 30 {
                        Answer::Say("451 4.3.0 disk full".to_owned())
                    } else {
                        Answer::Fine
                    }
                }
                _ => Answer::Fine,
            }
        });
        Self { sink, is_kind, silent }
    }

    /// How often each member's mail came and was not turned away.
    fn came(&self) -> BTreeMap<u32, usize> {
        let mut came = BTreeMap::new();
        for taken in self.sink.taken() {
            let turned_away = taken.said.as_deref().is_some_and(|said| !said.starts_with('2'));
            if !turned_away {
                *came.entry(number(&taken.to[0])).or_default() += 1;
            }
        }
        came
    }
}

/// A manager with a home and a device of their own.
fn sender<'a>(shop: &'a Shop, name: &str, moody: &Moody) -> Person<'a> {
    let mut person = shop.world.person(name, &shop.server);
    person.via = format!("{}?timeout=1", moody.sink.url());
    person.register();
    shop.grant(name);
    person
}

fn run(person: &Person<'_>, more: &[&str]) -> Running {
    let connections = CONNECTIONS.to_string();
    let args = [&["run", "spring", "--connections", &connections], more].concat();
    person.start("ch-promo", &args)
}

/// Member → state, as it stands in the database.
fn states(shop: &Shop) -> BTreeMap<u32, i64> {
    let sql = rusqlite::Connection::open(shop.world.path("data/ch.db")).unwrap();
    sql.busy_timeout(crate::world::PATIENCE).unwrap();
    let mut all = sql.prepare("SELECT member, state FROM delivery").unwrap();
    all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

/// Runs again and again, as cron would, until it is finished.
fn to_the_end(shop: &Shop, person: &Person<'_>, more: &[&str]) {
    for at in 0.. {
        let args: &[&str] = if at == 0 { more } else { &[] };
        let mut running = run(person, &[&["--wait"], args].concat());
        // However long it takes, as long as something happens.
        while !running.is_over() {
            let before = shop.counts();
            let mut looks = crate::world::PATIENCE.as_millis() / 200;
            while !running.is_over() && shop.counts() == before {
                assert!(looks > 0, "nothing happens any more: {before}");
                looks -= 1;
                thread::sleep(Duration::from_millis(200));
            }
        }
        let ended = running.end();
        assert!([0, 69, 75].contains(&ended.status), "{ended:#?}");
        if shop.status()["state"] == "finished" {
            return;
        }
        assert!(at < 60, "{}: {ended:#?}", shop.counts());
    }
}

fn killed(times: usize, seed: u64) {
    let count = times * EACH;
    let members = u32::try_from(count).unwrap();
    let mut shop = Shop::new(members, &["--times", "claim-lasts=3s"]);
    shop.plan(&json!({ "pace": { "retry": 1 } }));
    let moody = Moody::start();
    let names = ["one", "two"];
    for name in names {
        sender(&shop, name, &moody);
    }
    let url = shop.server.url.clone();
    let mut chance = Chance(seed);
    let (mut senders_killed, mut servers_killed) = (0, 0);
    for round in 0..times {
        let homes: Vec<Person<'_>> = names
            .iter()
            .take(1 + round % 2)
            .map(|name| {
                let mut person = shop.world.person_at(name, &url);
                person.via = format!("{}?timeout=1", moody.sink.url());
                person
            })
            .collect();
        let mut running: Vec<Running> = homes.iter().map(|person| run(person, &[])).collect();
        // A random instant is what this is about; not before something goes out.
        let before = moody.sink.count(Step::Dot);
        crate::world::until("a mail, or the end", || {
            let over = running.iter_mut().all(Running::is_over);
            (over || moody.sink.count(Step::Dot) > before).then_some(())
        });
        thread::sleep(Duration::from_millis(chance.below(60)));
        drop(homes);
        if round % 3 == 2 {
            servers_killed += 1;
            shop.kill();
            let before = moody.sink.count(Step::Dot);
            crate::world::until("mails after the restart, or the end", || {
                let over = running.iter_mut().all(Running::is_over);
                (over || moody.sink.count(Step::Dot) > before + 3).then_some(())
            });
        }
        for mut sender in running {
            senders_killed += usize::from(!sender.is_over());
            sender.kill();
            let ended = sender.end();
            assert!([0, 69, 75, 137].contains(&ended.status), "{ended:#?}");
        }
    }
    assert!(
        senders_killed + servers_killed >= times * 2 / 3,
        "{senders_killed} and {servers_killed} were killed at work"
    );
    let silent = moody.silent.load(Ordering::SeqCst);
    let mut one = shop.world.person_at("one", &url);
    one.via = format!("{}?timeout=1", moody.sink.url());
    to_the_end(&shop, &one, &[]);

    let silent = silent.max(moody.silent.load(Ordering::SeqCst));
    let (states, came) = (states(&shop), moody.came());
    assert_eq!(states.len(), count);
    let mut unknown = BTreeSet::new();
    for (member, state) in &states {
        let count = came.get(member).copied().unwrap_or(0);
        match state {
            3 => assert_eq!(count, 1, "member {member} was accepted"),
            5 => assert!(count == 0 && is_refused(*member), "member {member} was refused: {count}"),
            6 => {
                assert!(count <= 1, "member {member} came {count} times");
                unknown.insert(*member);
            }
            _ => panic!("member {member} is in state {state}, and it is finished"),
        }
    }
    let most = senders_killed * CONNECTIONS + servers_killed * CONNECTIONS * 2 + silent;
    assert!(unknown.len() <= most, "{} are unknown, at most {most}", unknown.len());
    let listed: BTreeSet<u32> = one
        .run("ch-promo", &["status", "spring", "--unknown"])
        .records()
        .iter()
        .map(|sent| number(sent["recipient"].as_str().unwrap()))
        .collect();
    assert_eq!(listed, unknown);

    // Only those may come twice, and only because somebody said so.
    moody.is_kind.store(true, Ordering::SeqCst);
    if !unknown.is_empty() {
        to_the_end(&shop, &one, &["--unknown", "resend"]);
    }
    let (states, came) = (self::states(&shop), moody.came());
    for (member, state) in states {
        let count = came.get(&member).copied().unwrap_or(0);
        if is_refused(member) {
            assert_eq!((state, count), (5, 0), "member {member}");
        } else {
            let most = if unknown.contains(&member) { 2 } else { 1 };
            assert!(
                state == 3 && (1..=most).contains(&count),
                "member {member}: {state}, came {count} times"
            );
        }
    }
}

#[test]
fn no_member_is_lost_or_knowingly_mailed_twice_when_senders_and_server_are_killed_30_times() {
    killed(30, 0x3c6e_f372_fe94_f82b);
}

#[test]
#[ignore = "long: make soak"]
fn soak_no_member_is_lost_or_knowingly_mailed_twice_when_senders_and_server_are_killed_300_times() {
    killed(300, 0xa54f_f53a_5f1d_36f1);
}
