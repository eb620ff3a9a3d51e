//! Whether a text names a telephone number, as numbers in Korea are written.

/// Whether there is one: `02-123-4567`, `010 1234 5678`, `+82 2 123 4567`, `1588-1234`.
pub(super) fn is_in(text: &str) -> bool {
    let part = |c: char| c.is_ascii_digit() || "+-. ()\u{a0}".contains(c);
    text.lines().any(|line| {
        let mut rest = line;
        while let Some(begin) = rest.find(|c: char| c.is_ascii_digit() || c == '+') {
            let before = rest[..begin].chars().next_back();
            let from = &rest[begin..];
            let end = from.find(|c| !part(c)).unwrap_or(from.len());
            // Digits in a word, in an address of the web or in a ticket are none.
            let inside =
                |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || "_/=#%,@".contains(c));
            let alone = !inside(before) && !inside(from[end..].chars().next().filter(|c| *c != ','));
            if alone && is_number(&from[..end]) {
                return true;
            }
            rest = &from[end.max(1)..];
        }
        false
    })
}

/// Whether digits with what stands between them hold a number: other figures may stand beside it.
fn is_number(text: &str) -> bool {
    let groups: Vec<&str> = text.split_whitespace().collect();
    (0..groups.len())
        .any(|first| (first + 1..=groups.len().min(first + 4)).any(|end| whole(&groups[first..end].concat())))
}

fn whole(text: &str) -> bool {
    let abroad = text.trim_start_matches('(').starts_with("+82");
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match digits.as_bytes() {
        // Area codes 02 to 064, mobiles 01x, 050x, 070, 080: with the 0.
        [b'0', b'1'..=b'9', ..] => (9..=12).contains(&digits.len()),
        [b'8', b'2', b'1'..=b'9', ..] if abroad => (10..=13).contains(&digits.len()),
        // Nationwide numbers: 1588, 1644, 1800 …
        [b'1', b'5' | b'6' | b'8', ..] => digits.len() == 8 && text.len() <= 9,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_as_people_write_it() {
        for text in [
            "서울시 강남구 역삼동 1, 전화 02-123-4567",
            "Tel. 010-1234-5678",
            "(02) 123-4567",
            "tel +82 2 123 4567.",
            "+82-10-1234-5678",
            "고객센터: 1588-1234",
            "080.123.4567",
            "06236 서울 02 1234 5678",
        ] {
            assert!(is_in(text), "{text}");
        }
    }

    #[test]
    fn other_figures_are_no_number() {
        for text in [
            "89,000원",
            "06236 서울시",
            "2026-11-01 09:00",
            "https://ch.example.org/c#AQEA0212345678",
            "사업자등록번호 220-81-62517",
            "1 Main Street, Seoul",
            "order 0212345678x",
            "",
        ] {
            assert!(!is_in(text), "{text}");
        }
    }
}
