//! One connection against servers as they are, and as they should not be.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;

use super::*;
use crate::mail::transport::Envelope;

fn letter(name: u32, recipients: &[&str]) -> Letter<u32> {
    Letter {
        envelope: Envelope {
            reverse_path: Some("a@x".parse().unwrap()),
            recipients: recipients.iter().map(|text| text.parse().unwrap()).collect(),
        },
        wire: format!("Subject: {name}\r\n\r\nHi\r\n").into_bytes(),
        held: false,
        tries: 0,
        tag: name,
    }
}

fn pipeline(pipelining: bool) -> Pipeline<u32> {
    Pipeline::new("mx:25".to_owned(), Offers { pipelining, eight_bit: true, ..Offers::default() })
}

fn reply(code: u16) -> Reply {
    Reply { code, lines: vec![format!("words of {code}")] }
}

/// Everything that is to be written, written.
fn write(pipeline: &mut Pipeline<u32>) -> String {
    let text = String::from_utf8(pipeline.output().to_vec()).unwrap();
    pipeline.wrote(text.len());
    text
}

fn say(pipeline: &mut Pipeline<u32>, codes: &[u16]) {
    codes.iter().for_each(|code| pipeline.reply(&reply(*code)));
}

/// `1: accepted 250, rejected 550`; `again 2` for a letter that another connection may try.
fn fates(pipeline: &mut Pipeline<u32>) -> Vec<String> {
    let word = |outcome: &Outcome| {
        let code = outcome.code.map(|code| format!(" {code}")).unwrap_or_default();
        format!("{:?}{code}", outcome.status).to_lowercase()
    };
    let fate = |fate| match fate {
        Fate::Settled(letter, outcomes) => {
            let all: Vec<_> = outcomes.iter().map(word).collect();
            format!("{}: {}", letter.tag, all.join(", "))
        }
        Fate::Again(letter, ..) => format!("again {}", letter.tag),
    };
    pipeline.fates().into_iter().map(fate).collect()
}

#[test]
fn the_next_envelope_goes_out_in_one_write_with_the_message_before_it() {
    let mut line = pipeline(true);
    line.give(letter(1, &["b@y"]));
    assert!(!line.wants());
    assert_eq!(write(&mut line), "MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n");
    say(&mut line, &[250, 250, 354]);
    line.give(letter(2, &["c@y"]));
    assert_eq!(write(&mut line), "Subject: 1\r\n\r\nHi\r\n.\r\nMAIL FROM:<a@x>\r\nRCPT TO:<c@y>\r\nDATA\r\n");
    assert_eq!(line.wait(), Wait::Last);
    say(&mut line, &[250, 250, 250, 354]);
    assert_eq!(fates(&mut line), ["1: accepted 250"]);
    assert!(write(&mut line).ends_with("Hi\r\n.\r\n"));
    say(&mut line, &[451]);
    assert_eq!(fates(&mut line), ["2: deferred 451"]);
    assert!(line.is_idle() && line.wants() && line.wait() == Wait::Letter);
}

#[test]
fn a_server_that_announces_nothing_gets_one_command_at_a_time() {
    let mut line = pipeline(false);
    line.give(letter(1, &["b@y", "c@y"]));
    for (written, code) in [
        ("MAIL FROM:<a@x>\r\n", 250),
        ("RCPT TO:<b@y>\r\n", 550),
        ("RCPT TO:<c@y>\r\n", 250),
        ("DATA\r\n", 354),
    ] {
        assert_eq!(write(&mut line), written);
        say(&mut line, &[code]);
    }
    assert!(write(&mut line).ends_with("\r\n.\r\n") && !line.wants());
    say(&mut line, &[250]);
    assert_eq!(fates(&mut line), ["1: rejected 550, accepted 250"]);
    line.give(letter(2, &["b@y"]));
    write(&mut line);
    say(&mut line, &[250]);
    write(&mut line);
    say(&mut line, &[450]);
    assert_eq!((write(&mut line).as_str(), line.wants()), ("RSET\r\n", false));
    say(&mut line, &[250]);
    assert_eq!((fates(&mut line), line.wants()), (vec!["2: deferred 450".to_owned()], true));
}

#[test]
fn data_taken_although_no_recipient_was_ends_with_a_lone_dot_and_reaches_nobody() {
    // RFC 2920 §3.1.
    let mut line = pipeline(true);
    line.give(letter(1, &["b@y", "c@y"]));
    write(&mut line);
    say(&mut line, &[250, 550, 450, 354]);
    assert_eq!(fates(&mut line), ["1: rejected 550, deferred 450"]);
    assert!(line.wants());
    line.give(letter(2, &["d@y"]));
    assert_eq!(write(&mut line), ".\r\nMAIL FROM:<a@x>\r\nRCPT TO:<d@y>\r\nDATA\r\n");
    say(&mut line, &[554, 250, 250, 354]);
    assert!(write(&mut line).starts_with("Subject: 2") && !line.is_over());
}

#[test]
fn who_was_answered_before_the_connection_was_lost_keeps_that_answer() {
    for (codes, due) in [
        (&[250, 550, 421][..], "b@y rejected 550, again c@y 421"),
        (&[250, 250, 450], "c@y deferred 450, again b@y"),
        (&[250, 550, 450], "b@y rejected 550, c@y deferred 450"),
        // What MAIL was refused with holds for all, also when DATA is taken all the same.
        (&[550, 250, 250, 354], "b@y rejected 550, c@y rejected 550"),
        (&[451, 503, 503, 354], "b@y deferred 451, c@y deferred 451"),
        (&[250, 250, 250], "again b@y c@y"),
    ] {
        for held in [false, true] {
            let mut line = pipeline(true);
            line.give(Letter { held, ..letter(1, &["b@y", "c@y"]) });
            write(&mut line);
            say(&mut line, codes);
            line.lost(None, "gone");
            let name = |outcome: &Outcome| {
                let code = outcome.code.map(|code| format!(" {code}")).unwrap_or_default();
                format!("{} {:?}{code}", outcome.recipient, outcome.status).to_lowercase()
            };
            let told = line.fates().into_iter().flat_map(|fate| match fate {
                Fate::Settled(letter, outcomes) => {
                    assert_eq!(letter.envelope.recipients.len(), outcomes.len());
                    outcomes.iter().map(name).collect()
                }
                Fate::Again(letter, outcomes, code, _) => {
                    let left: Vec<_> = letter.envelope.recipients.iter().map(ToString::to_string).collect();
                    let code = code.map(|code| format!(" {code}")).unwrap_or_default();
                    let again = format!("again {}{code}", left.join(" "));
                    outcomes.iter().map(name).chain([again]).collect::<Vec<_>>()
                }
            });
            assert_eq!(told.collect::<Vec<_>>().join(", "), due, "{codes:?}");
        }
    }
}

#[test]
fn data_refused_forgets_the_transaction_and_goes_on() {
    for (codes, fate) in [
        (&[250, 550, 503][..], "1: rejected 550"),
        (&[250, 250, 451], "1: deferred 451"),
        (&[452, 503, 503], "1: deferred 452"),
        (&[552, 250, 503], "1: rejected 552"),
    ] {
        let mut line = pipeline(true);
        line.give(letter(1, &["b@y"]));
        write(&mut line);
        say(&mut line, codes);
        assert_eq!(fates(&mut line), [fate]);
        assert_eq!(write(&mut line), "RSET\r\n");
        say(&mut line, &[250]);
        assert!(line.wants() && line.is_idle());
    }
}

#[test]
fn a_421_in_the_middle_says_of_each_letter_what_is_known() {
    // Before the message's reply: it is the reply.
    let mut line = pipeline(true);
    line.give(letter(1, &["b@y"]));
    write(&mut line);
    say(&mut line, &[250, 250, 354]);
    line.give(letter(2, &["b@y"]));
    write(&mut line);
    say(&mut line, &[421]);
    assert_eq!(fates(&mut line), ["1: deferred 421", "again 2"]);
    assert!(line.is_over() && !line.wants());
    // After it.
    let mut line = pipeline(true);
    line.give(letter(1, &["b@y"]));
    write(&mut line);
    say(&mut line, &[250, 250, 354]);
    line.give(letter(2, &["b@y"]));
    write(&mut line);
    say(&mut line, &[250, 250, 421]);
    assert_eq!(fates(&mut line), ["1: accepted 250", "again 2"]);
    // While nothing is on its way.
    let mut line = pipeline(true);
    say(&mut line, &[421]);
    assert!(line.is_over() && fates(&mut line).is_empty());
}

#[test]
fn a_connection_that_is_lost_leaves_only_what_was_dotted_unknown() {
    for (written, fate) in [(0, "again 1"), (20, "again 1"), (23, "1: unknown")] {
        let mut line = pipeline(true);
        line.give(letter(1, &["b@y"]));
        write(&mut line);
        say(&mut line, &[250, 250, 354]);
        let dot = line.output().len() - 3;
        line.wrote(if written == 23 { dot + 1 } else { written.min(dot) });
        line.give(letter(2, &["b@y"]));
        line.lost(None, "gone");
        assert_eq!(fates(&mut line), [fate, "again 2"]);
    }
}

#[test]
fn an_answer_to_what_was_not_asked_is_not_taken_for_another() {
    // The yes to a message comes in one piece with the 354.
    let mut line = pipeline(true);
    line.give(letter(1, &["b@y"]));
    write(&mut line);
    say(&mut line, &[250, 250, 354, 250]);
    assert_eq!(fates(&mut line), ["again 1"]);
    // A no may come early.
    let mut line = pipeline(true);
    line.give(letter(1, &["b@y"]));
    write(&mut line);
    say(&mut line, &[250, 250, 354, 552]);
    assert_eq!((fates(&mut line), line.is_over()), (vec!["1: rejected 552".to_owned()], true));
    for codes in [&[354][..], &[250, 354], &[250, 250, 250], &[550, 250, 354], &[250, 250, 354, 354]] {
        let mut line = pipeline(true);
        line.give(letter(1, &["b@y"]));
        write(&mut line);
        for code in codes {
            line.reply(&reply(*code));
            write(&mut line);
        }
        assert!(line.is_over(), "{codes:?}");
        assert_eq!(fates(&mut line).len(), 1);
    }
}

#[test]
fn a_held_letter_waits_and_one_that_is_not_released_is_not_sent() {
    for free in [true, false] {
        let mut line = pipeline(true);
        line.give(Letter { held: true, ..letter(1, &["b@y"]) });
        write(&mut line);
        say(&mut line, &[250, 250, 354]);
        assert!(line.held().is_some_and(|letter| letter.tag == 1) && line.wait() == Wait::Release);
        assert!(write(&mut line).is_empty() && !line.wants());
        line.release(if free { Ok(()) } else { Err((Status::Deferred, "no ledger".to_owned())) });
        assert_eq!(write(&mut line).contains(".\r\n"), free);
        assert_eq!(line.is_over(), !free);
        say(&mut line, &[250]);
        assert_eq!(fates(&mut line), [if free { "1: accepted 250" } else { "1: deferred" }]);
    }
}

#[test]
fn what_the_server_cannot_take_is_not_offered_to_it() {
    let offers = Offers { pipelining: true, size: Some(10), ..Offers::default() };
    let mut line = Pipeline::new("mx:25".to_owned(), offers);
    line.give(letter(1, &["b@y"]));
    line.give(Letter { wire: "한\r\n".into(), ..letter(2, &["b@y"]) });
    assert!(line.output().is_empty() && line.wants());
    assert_eq!(fates(&mut line), ["1: rejected", "2: rejected"]);
}

proptest! {
    /// Whatever the server says and wherever writing stops: each letter has one fate, and nobody is told `accepted`
    /// for a message whose dot was not written.
    #[test]
    fn each_letter_ends_once_whatever_the_server_says(
        pipelining in any::<bool>(),
        steps in proptest::collection::vec((0..8u8, prop_oneof![
            6 => Just(250u16), 4 => Just(354), 1 => Just(421), 1 => Just(450), 1 => Just(550), 1 => Just(552)
        ], 1..60usize), 0..80),
    ) {
        let mut line = pipeline(pipelining);
        let mut next = 0;
        let mut wrote = String::new();
        let mut ended = Vec::new();
        for (step, code, some) in steps {
            match step {
                0 | 1 if line.wants() => {
                    next += 1;
                    let recipients = &["b@y", "c@y"][..1 + next as usize % 2];
                    line.give(Letter { held: next % 3 == 0, ..letter(next, recipients) });
                }
                2 => line.release(if code == 550 { Err((Status::Deferred, "no".to_owned())) } else { Ok(()) }),
                3 => {
                    let count = some.min(line.output().len());
                    wrote.push_str(std::str::from_utf8(&line.output()[..count]).unwrap());
                    line.wrote(count);
                }
                4 => { wrote.push_str(&write(&mut line)); }
                _ => line.reply(&reply(code)),
            }
            for fate in line.fates() {
                if let Fate::Settled(letter, outcomes) = &fate {
                    prop_assert_eq!(outcomes.len(), letter.envelope.recipients.len());
                    if outcomes.iter().any(|outcome| outcome.status == Status::Accepted) {
                        let message = format!("Subject: {}\r\n\r\nHi\r\n.\r\n", letter.tag);
                        prop_assert!(wrote.contains(&message));
                    }
                }
                ended.push(match fate { Fate::Settled(letter, _) | Fate::Again(letter, ..) => letter.tag });
            }
        }
        line.lost(None, "the end");
        ended.extend(line.fates().into_iter().map(|fate| match fate {
            Fate::Settled(letter, _) | Fate::Again(letter, ..) => letter.tag,
        }));
        ended.sort_unstable();
        prop_assert_eq!(ended, (1..=next).collect::<Vec<_>>());
        prop_assert!(line.output().is_empty());
    }
}
