//! A server whose operator brought an older backup back: clients know positions that are not there any more.

use std::fs;

use serde_json::{Value, json};

use super::Scene;
use crate::world::{Running, process};

fn say(who: &mut Running, id: &str) {
    who.say_frame(&json!({ "type": "line", "id": id, "text": id }));
}

/// Waits for a line with this id.
#[track_caller]
fn hears(who: &Running, id: &str) -> Value {
    let line =
        who.line(|line| line.contains(&format!("\"id\":\"{id}\"")) && line.contains("\"type\":\"line\""));
    serde_json::from_str(&line).unwrap()
}

#[track_caller]
fn acked(who: &Running, id: &str) -> u64 {
    let line =
        who.line(|line| line.contains(&format!("\"id\":\"{id}\"")) && line.contains("\"type\":\"ack\""));
    serde_json::from_str::<Value>(&line).unwrap()["position"].as_u64().unwrap()
}

impl Scene {
    fn operator(&self, args: &[&str]) {
        let mut command = self.world.command("ch-serve");
        command.args(args).arg("--data").arg(self.world.path("data"));
        process::run(command, b"").done();
    }
}

#[test]
fn after_an_older_backup_new_lines_reach_everybody_and_what_was_not_acknowledged_is_said_again() {
    let mut scene = Scene::new(&[]);
    let port = scene.server.port();
    let copy = scene.world.path("copy.db").display().to_string();
    let mut alice = scene.listen(&["--json", "--answer"]);
    let mut bob = scene.open(&["--json"]);
    bob.frame("answered");
    for id in ["b1", "b2"] {
        say(&mut bob, id);
        hears(&alice, id);
        acked(&bob, id);
    }
    scene.operator(&["backup", &copy]);
    for id in ["b3", "b4", "b5", "b6"] {
        say(&mut bob, id);
        hears(&alice, id);
        acked(&bob, id);
    }
    scene.server.running.terminate();
    scene.server.running.wait();
    say(&mut bob, "meanwhile");
    fs::remove_file(scene.world.path("data/ch.db")).unwrap();
    scene.operator(&["restore", &copy]);
    scene.server = scene.world.serve_on(port, &[]);

    // Both were at 6; the database is at 2.
    assert_eq!(acked(&bob, "meanwhile"), 3);
    assert_eq!(hears(&alice, "meanwhile")["position"], 3);
    // Alice remembers it before she says so.
    bob.line(|line| line.contains("\"received\":3"));
    say(&mut alice, "a1");
    assert_eq!(hears(&bob, "a1")["position"], 4);
    assert_eq!(acked(&alice, "a1"), 4);
    // An agent that starts anew remembers no position of the time before.
    alice.kill();
    say(&mut bob, "b7");
    assert_eq!(acked(&bob, "b7"), 5);
    let again = scene.listen(&["--json"]);
    assert_eq!(hears(&again, "b7")["position"], 5);
    assert!(!again.stdout().contains("meanwhile"), "heard before, in this epoch");
}
