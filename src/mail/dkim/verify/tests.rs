//! Signatures that hold, and every way in which one does not.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::HashMap;

use super::*;
use crate::mail::dkim::{Signer, SigningKey, keyring::Keyring};

const NOW: Time = Time(1_793_491_200_000);
const MAIL: &str = "From: Alice <alice@example.org>\nTo: bob@example.com\nSubject: Boots\nCH-Login-ID: alice\n\
    CH-Port: 12345\nCH-Server: https://ch.example.org\nCH-Ticket: AQEAAWt6p5AAADA5AAAAAAAAACkAAAAAWKlK2i8Hozli-lAMLuZXWg\n\
    \nNew  boots are in. \n\n\n";

struct Signed {
    mail: String,
    keys: HashMap<String, String>,
}

/// Signed by `domain` with a key of each kind, or of one.
fn signed(mail: &str, domain: &str, algorithms: &[Algorithm]) -> Signed {
    let mut keys = HashMap::new();
    let mut pairs = Vec::new();
    for algorithm in algorithms {
        let (key, _) = SigningKey::generate(*algorithm).unwrap();
        let selector = algorithm.key_type();
        keys.insert(name(selector, domain), key.record().text());
        pairs.push((selector.parse().unwrap(), key));
    }
    let signer = Signer::new(domain.parse().unwrap(), pairs);
    let bytes = signer.signed(mail.as_bytes(), NOW).unwrap();
    Signed { mail: String::from_utf8(bytes).unwrap(), keys }
}

const ED: &[Algorithm] = &[Algorithm::Ed25519];

impl Signed {
    fn problems_of(&self, mail: &str) -> Vec<String> {
        let mut keys = |name: &str| {
            self.keys.get(name).map_or(Lookup::Nothing, |record| Lookup::Found(vec![record.clone()]))
        };
        verify(mail.as_bytes(), NOW, &mut keys).iter().map(ToString::to_string).collect()
    }

    /// The same mail with something else in it.
    fn with(&self, from: &str, to: &str) -> Vec<String> {
        assert!(self.mail.contains(from), "{from} in {}", self.mail);
        self.problems_of(&self.mail.replacen(from, to, 1))
    }
}

#[test]
fn what_our_signer_signs_holds() {
    let both = signed(MAIL, "example.org", &[Algorithm::Rsa, Algorithm::Ed25519]);
    assert_eq!(both.problems_of(&both.mail), Vec::<String>::new());
    assert_eq!(both.problems_of(&both.mail.replace('\n', "\r\n")), Vec::<String>::new());
    // What relaxed forms pass over.
    assert_eq!(both.with("New  boots are in. \n", "New boots\tare in.\n\n\n"), Vec::<String>::new());
}

#[test]
fn what_was_changed_does_not_hold_and_the_button_is_nobodys() {
    let one = signed(MAIL, "example.org", ED);
    let bad = |why: &str| {
        vec![
            format!("bad signature: of example.org: {why}"),
            "not signed by From".into(),
            "button not signed".into(),
        ]
    };
    assert_eq!(one.with("boots are", "boats are"), bad("the body was changed"));
    let fields = bad("the signed fields were changed, or the key is another");
    for (from, to) in [
        ("Port: 12345", "Port: 12346"),
        ("Subject: Boots", "Subject: Free boots"),
        // Each field was signed once more than it stands there.
        ("\nSubject:", "\nSubject: x\nSubject:"),
        ("\nCH-Login-ID", "\nCH-Host: h\nCH-Login-ID"),
    ] {
        assert_eq!(one.with(from, to), fields, "{to}");
    }
    assert_eq!(
        one.with("s=ed25519;", "s=other;")[0],
        "bad signature: of example.org: no key at other._domainkey.example.org"
    );
    assert_eq!(one.with("v=1;", "v=2;"), bad("it is of another version"));
    assert_eq!(one.with("a=ed25519-sha256", "a=rsa-sha1"), bad("a= is none that we believe"));
    assert_eq!(one.with("a=ed25519-sha256", "a=rsa-sha256"), bad("the key is of another kind"));
    assert_eq!(one.with("c=relaxed/relaxed", "c=relaxed/what"), bad("c= is not known"));
    assert_eq!(one.with("c=relaxed/relaxed", "x=1000000000"), bad("it has expired"));
    assert_eq!(one.with("; t=", "; t=9"), bad("it is from the future"));
    assert_eq!(one.with("c=relaxed/relaxed", "i=@example.com"), bad("i= is of another domain"));
    assert_eq!(one.with("c=relaxed/relaxed", "q=carrier/pigeon"), bad("q= is not known"));
}

#[test]
fn a_mail_without_signature_says_so() {
    let nobody = Signed { mail: MAIL.to_owned(), keys: HashMap::new() };
    assert_eq!(nobody.problems_of(MAIL), ["unsigned", "button not signed"]);
    assert_eq!(nobody.problems_of("From: a@b.example\n\nhi\n"), ["unsigned"]);
}

#[test]
fn only_the_domain_of_from_or_one_above_it_counts() {
    for (domain, fits) in
        [("example.org", true), ("mail.example.org", false), ("example.com", false), ("ample.org", false)]
    {
        let problems = signed(MAIL, domain, ED);
        assert_eq!(problems.problems_of(&problems.mail).is_empty(), fits, "{domain}");
    }
    let below = signed(&MAIL.replace("@example.org", "@shop.example.org"), "example.org", ED);
    assert_eq!(below.problems_of(&below.mail), Vec::<String>::new());
    let two = signed(&MAIL.replace("alice@example.org>", "a@example.org>, b@example.com"), "example.org", ED);
    assert_eq!(two.problems_of(&two.mail), ["not signed by From", "button not signed"]);
}

#[test]
fn a_button_that_was_put_in_on_the_way_is_found_out() {
    // A signer that does not know our fields: they can be added without harm to its signature.
    let (head, button) = MAIL.split_once("CH-Login-ID").unwrap();
    let (button, body) = button.split_once("\n\n").unwrap();
    let plain = signed(&format!("{head}\n{body}"), "example.org", ED);
    let unaware = plain.mail.replace("\n\n", &format!("\nCH-Login-ID{button}\n\n"));
    let problems = plain.problems_of(&unaware);
    assert!(problems.contains(&"button not signed".to_owned()), "{problems:?}");
}

#[test]
fn keys_decide_what_they_are_good_for() {
    let mut one = signed(MAIL, "example.org", ED);
    let place = name("ed25519", "example.org");
    let record = one.keys[&place].clone();
    for (flag, why) in [
        ("t=y", "the domain is only trying its key"),
        ("s=other", "the key is not for mail signed with SHA-256"),
    ] {
        one.keys.insert(place.clone(), record.replace("; p=", &format!("; {flag}; p=")));
        assert_eq!(one.problems_of(&one.mail)[0], format!("bad signature: of example.org: {why}"));
    }
    one.keys.insert(place.clone(), "v=DKIM1; k=ed25519; p=".to_owned());
    assert_eq!(one.problems_of(&one.mail)[0], "bad signature: of example.org: the key was revoked");
    let failed = verify(one.mail.as_bytes(), NOW, &mut |_| Lookup::Failed("no answer".to_owned()));
    assert_eq!(failed[0].to_string(), "unverified signature: of example.org: no answer");
}

#[test]
fn many_signatures_are_bounded_and_none_makes_the_checker_panic() {
    let one = signed(MAIL, "example.org", ED);
    let many = format!("{}{}", "DKIM-Signature: v=1; a=x\n".repeat(50), one.mail);
    let mut asked = 0;
    let problems = verify(many.as_bytes(), NOW, &mut |_| {
        asked += 1;
        Lookup::Nothing
    });
    assert!(asked <= SIGNATURES && problems.contains(&Problem::TooManySignatures(SIGNATURES)));
    for at in 0..one.mail.len() {
        let _problems = one.problems_of(&one.mail[..at]);
        let mut bytes = one.mail.clone().into_bytes();
        bytes[at] ^= 0x55;
        let _problems =
            verify(&bytes, NOW, &mut |_| Lookup::Found(vec![one.keys.values().next().unwrap().clone()]));
    }
}

#[test]
fn l_covers_the_beginning_of_a_body_and_says_so() {
    // Signed by dkimpy with a key of RFC 8463's example: see the tests with real signers for the rest.
    let ring = Keyring::parse(
        "s._domainkey.example.org v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    );
    let mut keys = |name: &str| ring.as_ref().unwrap().look_up(name);
    let mail = "DKIM-Signature: v=1; a=ed25519-sha256; d=example.org; s=s; h=from; l=99; bh=AAAA; b=AAAA\nFrom: a@example.org\n\nx\n";
    let problems = verify(mail.as_bytes(), NOW, &mut keys);
    assert_eq!(problems[0].to_string(), "bad signature: of example.org: l= says more than there is");
}
