//! Links of ours that stand as plain words in somebody's HTML: `{{ unsubscribe_link }}` outside of any tag. Who reads them
//! wants to press them.

use super::layout::{Must, anchor, has};

/// Elements in which words are left as they are.
const LEFT: [&str; 6] = ["a", "style", "script", "title", "textarea", "button"];

/// `html` with the chat's and the no's link to be pressed wherever they are words. Takes time in proportion to `html`.
pub(super) fn pressable(html: &str, must: &Must<'_>) -> String {
    if ![must.chat, must.unsubscribe].iter().any(|link| has(html, link)) {
        return html.to_owned();
    }
    let mut out = String::with_capacity(html.len() + 256);
    let (mut rest, mut left) = (html, None::<&str>);
    loop {
        let (words, from) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
        match left {
            None => press(words, must, &mut out),
            Some(_) => out.push_str(words),
        }
        if from.is_empty() {
            return out;
        }
        let (tag, after) = from.split_at(end_of_tag(from));
        out.push_str(tag);
        let (is_end, name) = match tag[1..].strip_prefix('/') {
            Some(name) => (true, name),
            None => (false, &tag[1..]),
        };
        let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        match left {
            Some(open) if is_end && open.eq_ignore_ascii_case(name) => left = None,
            None if !is_end => left = LEFT.into_iter().find(|each| each.eq_ignore_ascii_case(name)),
            _ => {}
        }
        rest = after;
    }
}

/// Where the tag or comment that a text begins with is over.
fn end_of_tag(text: &str) -> usize {
    if let Some(inner) = text.strip_prefix("<!--") {
        return inner.find("-->").map_or(text.len(), |at| at + 7);
    }
    // `3 < 4` begins no tag.
    if !text[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
        return 1;
    }
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    text.len()
}

fn press(words: &str, must: &Must<'_>, out: &mut String) {
    let mut rest = words;
    loop {
        let links = [(must.chat, must.language.invitation()), (must.unsubscribe, must.language.no_more())];
        let found = links.into_iter().filter_map(|(link, words)| Some((rest.find(link)?, link, words))).min();
        let Some((at, link, says)) = found else {
            out.push_str(rest);
            return;
        };
        out.push_str(&rest[..at]);
        anchor(link, says, "color:#0b6e4f", out);
        rest = &rest[at + link.len()..];
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mail::chat_line::Lang;

    const CHAT: &str = "https://ch.example.org/c#TICKET";
    const NO: &str = "https://ch.example.org/u/NO";

    fn must() -> Must<'static> {
        Must {
            language: Lang::En,
            chat: CHAT,
            unsubscribe: NO,
            sender: (None, "a@example.org"),
            postal: None,
        }
    }

    #[test]
    fn a_link_that_is_words_can_be_pressed() {
        let html = pressable(&format!("<p>3 < 4: {CHAT}, <!-- {NO} --> or {NO}</p>"), &must());
        assert!(
            html.contains(&format!("3 < 4: <a href=\"{CHAT}\"")) && html.contains(">Chat with me now</a>, "),
            "{html}"
        );
        assert!(html.contains(&format!("<!-- {NO} --> or <a href=\"{NO}\"")), "{html}");
    }

    #[test]
    fn a_link_that_is_one_already_stays_as_it_is() {
        for html in [
            format!("<a href=\"{CHAT}\">talk</a><A HREF='{NO}' title=\"a > b\">{NO}</A>"),
            format!("<img alt=\"{NO}\" src=x><title>{CHAT}</title>"),
        ] {
            assert_eq!(pressable(&html, &must()), html);
        }
    }

    proptest! {
        #[test]
        fn nothing_but_links_is_changed(parts in "(<|>|a|/a|\"|'|<!--|-->|한| |style){0,30}") {
            prop_assert_eq!(pressable(&parts, &must()), parts.clone());
            let with = format!("{NO}{parts}");
            prop_assert!(pressable(&with, &must()).ends_with(&parts));
        }
    }
}
