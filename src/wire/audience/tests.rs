//! Audiences: what people type, and what it means.

#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Audience {
    text.parse().unwrap()
}

#[test]
fn an_audience_reads_as_it_is_said() {
    let tag = |name: &str| Audience::Tag(name.to_owned());
    assert_eq!(parse("tag:running and city:Seoul"), Audience::Both(vec![tag("running"), tag("city:Seoul")]));
    assert_eq!(
        parse("tag:a or tag:b tag:c"),
        Audience::Either(vec![tag("a"), Audience::Both(vec![tag("b"), tag("c")])])
    );
    assert_eq!(parse("NOT (all)"), Audience::Not(Box::new(Audience::All)));
    assert_eq!(parse("tag:\"two words\""), tag("two words"));
    assert_eq!(parse("pressed:spring"), Audience::Did(Deed::Pressed, When::For("spring".to_owned())));
    assert_eq!(parse("ordered:30d"), Audience::Did(Deed::Ordered, When::Within(30 * DAY)));
    assert_eq!(parse("chatted:any"), Audience::Did(Deed::Chatted, When::Ever));
}

#[test]
fn what_is_not_understood_says_why() {
    for (text, why) in [
        ("", "ends where a term"),
        ("running", "is no term"),
        ("tag:a and", "ends where a term"),
        ("(tag:a", "not closed"),
        ("tag:a)", "nothing more"),
        (")", "was not opened"),
        ("tag:", "colon"),
        (":a", "colon"),
        ("tag:\"\"", "nothing after"),
        ("joined:soon", "a span is like"),
        ("\"a\"", "quote"),
    ] {
        let error = text.parse::<Audience>().unwrap_err().to_string();
        assert!(error.contains(why), "{text:?}: {error}");
    }
    assert!("(".repeat(3000).parse::<Audience>().is_err());
    assert!("not ".repeat(1000).parse::<Audience>().is_err());
    assert!("tag:a ".repeat(TERMS + 1).parse::<Audience>().is_err());
}

#[test]
fn an_error_names_every_key_there_is() {
    let error = "running".parse::<Audience>().unwrap_err().to_string();
    for key in DEEDS.iter().map(|(name, _)| *name).chain(["tag", "locale", "mail", "consent", "joined"]) {
        assert!(error.contains(&format!("{key}:")), "{key} in {error}");
    }
}

#[test]
fn tags_are_found_wherever_they_stand() {
    let tags = parse("(tag:a or not tg:b) and (tag:a or locale:ko) and not (city:Seoul or all)").tags();
    assert_eq!(tags, ["a", "tg:b", "city:Seoul"]);
}

fn audience() -> impl Strategy<Value = Audience> {
    let name = "[a-z가-힣0-9:. ]{1,12}".prop_filter("", |name| !name.trim().is_empty());
    let leaf = prop_oneof![
        Just(Audience::All),
        name.clone().prop_map(Audience::Tag),
        name.clone().prop_map(Audience::Locale),
        (0..10_000i64).prop_map(|secs| Audience::Joined(secs * SECOND)),
        Just(Audience::Did(Deed::Chatted, When::Ever)),
        (0..10_000i64).prop_map(|secs| Audience::Did(Deed::Mailed, When::Within(secs * SECOND))),
    ];
    leaf.prop_recursive(4, 20, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Audience::Both),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Audience::Either),
            inner.prop_map(|part| Audience::Not(Box::new(part))),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_the_same(audience in audience()) {
        prop_assert_eq!(parse(&audience.to_string()), audience);
    }

    #[test]
    fn anything_is_read_or_refused(text in any::<String>()) {
        let _ = text.parse::<Audience>();
    }
}
