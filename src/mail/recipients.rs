//! The addresses of `To`, `Cc` and `Bcc` as a mail goes to them (RFC 5322 §3.4): groups, comments and names are read
//! past, and what is no address is an error, so that nobody is left out in silence.

use super::address::{Address, BadAddress};

/// The addresses in an unfolded field's value or an argument, in order. `Friends: a@b, c@d;` are two, and
/// `undisclosed-recipients:;` is none.
///
/// # Errors
/// [`BadAddress`] for the first that is none; nothing is completed, so a name without an `@` is one of them.
pub fn addresses(value: &str) -> Result<Vec<Address>, BadAddress> {
    let mut found = Vec::new();
    let mut item = Item::default();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if item.quoted || item.comments > 0 => {
                let escaped = chars.next().ok_or_else(|| BadAddress::Form(value.to_owned()))?;
                if item.comments == 0 {
                    item.push(c);
                    item.push(escaped);
                }
            }
            '"' if item.comments == 0 => {
                item.quoted = !item.quoted;
                item.push(c);
            }
            c if item.quoted => item.push(c),
            '(' => {
                item.comments += 1;
                item.space();
            }
            ')' if item.comments > 0 => item.comments -= 1,
            _ if item.comments > 0 => {}
            '[' | ']' => {
                item.literal = c == '[';
                item.push(c);
            }
            '<' if item.angle.is_none() => item.angle = Some(String::new()),
            '>' if item.angle.is_some() && !item.closed => item.closed = true,
            // A group's name, or the end of an old source route (§4.4), which nobody follows.
            ':' if !item.literal && (item.in_angle() || !item.bare.contains('@')) => item.text().clear(),
            // Within brackets a comma separates the steps of a source route.
            ',' | ';' if !item.literal && (item.angle.is_none() || item.closed) => {
                found.extend(std::mem::take(&mut item).finish()?);
            }
            c if c.is_whitespace() => item.space(),
            c => item.push(c),
        }
    }
    if item.quoted || item.comments > 0 || item.angle.is_some() != item.closed {
        return Err(BadAddress::Form(value.trim().to_owned()));
    }
    found.extend(item.finish()?);
    Ok(found)
}

/// What stands between two commas.
#[derive(Default)]
struct Item {
    /// What stands outside brackets: the address when there are none, else a name.
    bare: String,
    /// What stands in `<…>`.
    angle: Option<String>,
    closed: bool,
    /// Something stands after the brackets.
    trailing: bool,
    quoted: bool,
    literal: bool,
    comments: usize,
}

impl Item {
    fn in_angle(&self) -> bool {
        self.angle.is_some() && !self.closed
    }

    fn text(&mut self) -> &mut String {
        match &mut self.angle {
            Some(angle) if !self.closed => angle,
            _ => &mut self.bare,
        }
    }

    fn push(&mut self, c: char) {
        self.trailing |= self.closed;
        self.text().push(c);
    }

    fn space(&mut self) {
        let text = self.text();
        if !text.is_empty() && !text.ends_with(' ') {
            text.push(' ');
        }
    }

    /// The address; `None` in an empty place.
    fn finish(self) -> Result<Option<Address>, BadAddress> {
        if self.trailing {
            return Err(BadAddress::Form(self.bare.trim().to_owned()));
        }
        let text = self.angle.unwrap_or(self.bare);
        let text = text.trim();
        if text.is_empty() && !self.closed {
            return Ok(None);
        }
        // White space may stand around the @ and the dots (§4.4); elsewhere it makes two words, and no address.
        let (local, domain) = text.rsplit_once('@').ok_or_else(|| BadAddress::NoAt(text.to_owned()))?;
        let tight = |part: &str, at: char| part.replace(&format!(" {at}"), &at.to_string());
        let tight = |part: &str| tight(part.trim(), '.').replace(". ", ".");
        let local = if local.trim_start().starts_with('"') { local.trim().to_owned() } else { tight(local) };
        format!("{local}@{}", tight(domain)).parse().map(Some)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn read(value: &str) -> Result<Vec<String>, BadAddress> {
        addresses(value).map(|list| list.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn names_comments_groups_and_routes_are_read_past() {
        for (value, due) in [
            ("a@b", vec!["a@b"]),
            (" Bob <bob@x.example> , <c@d>,, e@f ", vec!["bob@x.example", "c@d", "e@f"]),
            ("\"Na, me <x@y>\" <bob@x.example>", vec!["bob@x.example"]),
            ("bob@x.example (Bob, the \\) b (uilder))", vec!["bob@x.example"]),
            ("(a@b) c@d", vec!["c@d"]),
            ("Friends: a@b, \"C: D\" <c@d>;, e@f", vec!["a@b", "c@d", "e@f"]),
            ("undisclosed-recipients:;", vec![]),
            ("undisclosed-recipients: ;", vec![]),
            ("", vec![]),
            ("bob @ x . example", vec!["bob@x.example"]),
            ("<@a.example,@b.example:bob@x.example>", vec!["bob@x.example"]),
            ("a@[IPv6:::1], b@[192.0.2.1]", vec!["a@[IPv6:::1]", "b@[192.0.2.1]"]),
            ("\"a b@c\"@d", vec!["\"a b@c\"@d"]),
            ("홍길동 <hong@한국.kr>", vec!["hong@xn--3e0b707e.kr"]),
        ] {
            assert_eq!(read(value), Ok(due.into_iter().map(str::to_owned).collect()), "{value}");
        }
    }

    #[test]
    fn what_is_no_address_is_an_error_and_never_a_gap() {
        for value in [
            "root",
            "a@b, root",
            "alice bob@x.example",
            "a@b c@d",
            "Bob <bob>",
            "<>",
            "Bob <a@b",
            "a@b>",
            "\"Bob <a@b>",
            "(Bob a@b",
            "<a@b> <c@d>",
            "a@b\\",
            "a@b;c",
            "a@b: c@d;",
            "Bob <a@b> c@d",
            "\"\\",
        ] {
            assert!(read(value).is_err(), "{value:?} became {:?}", read(value));
        }
    }

    proptest! {
        #[test]
        fn any_value_is_taken_and_what_comes_out_is_an_address(value in "[a@<>()\\[\\]\",;:. \\\\한]{0,30}") {
            if let Ok(list) = addresses(&value) {
                prop_assert!(list.iter().all(|address| address.as_str().parse::<Address>().is_ok()));
            }
        }
    }
}
