//! The scripts in `examples/` do what they say.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::world::{self, Running, World};

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What a script of `examples` shows; its temporary directory is in `temporary`.
fn example(name: &str, temporary: &Path) -> String {
    let built = world::tool("ch-serve");
    let mut command = Command::new(top().join("examples").join(name));
    // What a test runner says to its tests by CARGO_ variables makes a cargo within believe that all is to be built.
    let kept =
        |name: &str| !name.starts_with("CARGO") && !name.starts_with("NEXTEST") || name == "CARGO_HOME";
    command.env_clear().envs(std::env::vars().filter(|(name, _)| kept(name)));
    command.env("TMPDIR", temporary).env("CARGO_TARGET_DIR", built.parent().and_then(Path::parent).unwrap());
    // The script builds what `make test` has built already; without it that takes a while, so no patience is set.
    let shown = command.stdin(Stdio::null()).output().unwrap();
    assert!(shown.status.success(), "{shown:?}");
    String::from_utf8(shown.stdout).unwrap()
}

#[test]
fn first_chat_shows_the_whole_method_and_leaves_nothing_behind() {
    let world = World::new();
    let temporary = world.path("tmp");
    fs::create_dir(&temporary).unwrap();
    let shown = example("first-chat.sh", &temporary);

    let mut rest = shown.as_str();
    for words in [
        "A CH server starts",
        "listening on http://127.0.0.1:",
        "Alice and bob register",
        "Alice mails bob",
        "CH-Login-ID: alice",
        "CH-Port: ",
        "CH-Ticket: ",
        "Bob reads it",
        "Boots",
        "bob types: Do you have them in 43?",
        "alice sees:",
        "Do you have them in 43?",
        "alice types: Yes, the last pair.",
        "bob sees:",
        "Yes, the last pair.",
        "Alice switches her computer off",
        "off",
        "Alice is back, and finds the notice",
        "bob@example.org",
    ] {
        let (_, after) = rest.split_once(words).unwrap_or_else(|| panic!("{words:?} is missing in\n{shown}"));
        rest = after;
    }
    let left: Vec<_> = fs::read_dir(&temporary).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(processes_that_name(&temporary), Vec::<String>::new());
}

/// Command lines of running processes in which a path stands.
fn processes_that_name(path: &Path) -> Vec<String> {
    let path = path.to_string_lossy();
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok())
        .map(|words| String::from_utf8_lossy(&words).replace('\0', " "))
        .filter(|words| words.contains(&*path))
        .collect()
}

#[test]
fn promotion_goes_from_a_list_to_a_report_and_leaves_nothing_behind() {
    let world = World::new();
    let temporary = world.path("tmp");
    fs::create_dir(&temporary).unwrap();
    let shown = example("promotion.sh", &temporary);
    let mut rest = shown.as_str();
    for words in [
        "spring (boots): planned: 2 planned",
        "To: =?utf-8?",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "CH-Ticket: ",
        "/mail/bob@example.org/new:",
        "/mail/mina@example.org/new:",
        "spring (boots): finished: 2 accepted",
    ] {
        let (_, after) = rest.split_once(words).unwrap_or_else(|| panic!("{words:?} is missing in\n{shown}"));
        rest = after;
    }
    assert!(!shown.contains("/mail/dave@example.org"), "dave did not agree\n{shown}");
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
    assert_eq!(processes_that_name(&temporary), Vec::<String>::new());
}

#[test]
fn first_chat_can_be_read_as_a_composition_of_the_tools() {
    let script = fs::read_to_string(top().join("examples/first-chat.sh")).unwrap();
    for tool in ["ch-serve ", "ch-register ", "ch-send ", "maildir:", "ch-chat open ", "ch-chat listen "] {
        assert!(script.contains(tool), "{tool} does not stand in the script");
    }
}

#[test]
fn every_flag_in_what_people_copy_is_one_that_the_tool_has() {
    for file in fs::read_dir(top().join("examples")).unwrap().map(|entry| entry.unwrap().path()) {
        for line in fs::read_to_string(&file).unwrap().lines() {
            for (tool, rest) in ["ch-serve", "ch-register", "ch-send", "ch-inspect", "ch-chat", "ch-port"]
                .into_iter()
                .filter_map(|tool| Some((tool, line.split_once(&format!("{tool} "))?.1)))
            {
                let man = fs::read_to_string(top().join(format!("man/{tool}.1"))).unwrap().replace('\\', "");
                for flag in rest.split_whitespace().take_while(|word| !word.contains(['|', '>', '&', ';'])) {
                    let flag = flag.trim_matches(['"', '\'', '`']);
                    if flag.starts_with("--") {
                        assert!(man.contains(flag), "{}: {tool} has no {flag}", file.display());
                    }
                }
            }
        }
    }
}

#[test]
fn the_muttrc_sends_with_a_button_and_its_key_presses_one() {
    let world = World::new();
    fs::create_dir_all(world.path("home/Mail")).unwrap();
    let server = world.serve(&[]);
    let (alice, bob) = (world.person("alice", &server), world.person("bob", &server));
    alice.register();
    let rc = |name: &str| {
        let rc = format!(
            "source {}\nset from={name}@example.org copy=no\n",
            top().join("examples/muttrc").display()
        );
        fs::write(world.path(name), rc).unwrap();
    };
    rc("alice");
    rc("bob");
    let line = "mutt -n -F alice -s Boots -- bob@example.org";
    world::process::run(alice.shell(line), b"New boots are in.\n").done();
    world.mail_after("bob@example.org", 0);

    let listening = alice.start("ch-chat", &["listen", "--answer", "--text"]);
    listening.line(|line| line.contains("listening as alice"));
    // A full screen has no lines: what is on it is read from the file that script writes.
    let line = "TERM=xterm exec script -q -f -c 'stty cols 100 rows 30; mutt -n -F bob -f mail/bob@example.org' screen";
    let mut mutt = Running::start(bob.shell(line));
    let shows = |words: &str| {
        world::until(words, || {
            let screen = fs::read(world.path("screen")).ok()?;
            String::from_utf8_lossy(&screen).contains(words).then_some(())
        });
    };
    shows("Boots");
    mutt.press("C");
    listening.line(|line| line.starts_with("[1] bob@example.org calls about \"Boots\""));
    shows("alice answered");
    mutt.press("In size 43?\r");
    listening.line(|line| line == "bob@example.org: In size 43?");
    mutt.press("/bye\r");
    listening.line(|line| line == "the chat with bob@example.org is over");
}
