//! HTML that wants to run: scripts, and what starts them. No mail program runs it, and a page that shows a mail might.

/// Elements that bring code along.
const ELEMENTS: [&str; 4] = ["script", "iframe", "object", "embed"];
/// Schemes of links that run.
const SCHEMES: [&str; 2] = ["javascript:", "vbscript:"];

/// The first thing in `html` that wants to run, as it is called. Takes time in proportion to `html`.
#[must_use]
pub fn active_content(html: &str) -> Option<String> {
    let mut rest = html;
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        rest = &rest[at + 1..];
        let length = rest.bytes().take_while(|byte| !is_end_of_name(*byte)).count();
        let (name, after) = rest.split_at(length);
        if let Some(name) = ELEMENTS.iter().find(|element| element.eq_ignore_ascii_case(name)) {
            return Some(format!("<{name}"));
        }
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        match attributes(after) {
            Ok(end) => rest = end,
            Err(what) => return Some(what),
        }
    }
    None
}

fn is_end_of_name(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'<' | b'=')
}

/// What stands behind a tag's attributes, or the one that runs.
fn attributes(mut rest: &str) -> Result<&str, String> {
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/' || c == '=');
        match rest.bytes().next() {
            None => return Ok(rest),
            Some(b'>') => return Ok(&rest[1..]),
            // A tag that is not closed: the next one begins.
            Some(b'<') => return Ok(rest),
            Some(_) => {}
        }
        let length = rest.bytes().take_while(|byte| !is_end_of_name(*byte)).count();
        let (name, after) = rest.split_at(length);
        let after_name = after.trim_start();
        let Some(value) = after_name.strip_prefix('=') else {
            rest = after;
            continue;
        };
        let name = name.to_ascii_lowercase();
        if name.strip_prefix("on").is_some_and(|event| event.starts_with(|c: char| c.is_ascii_alphabetic())) {
            return Err(format!("{name}="));
        }
        let value = value.trim_start();
        let (value, end) = match value.bytes().next() {
            Some(quote @ (b'"' | b'\'')) => {
                let inner = &value[1..];
                let end = memchr::memchr(quote, inner.as_bytes()).unwrap_or(inner.len());
                (&inner[..end], inner.get(end + 1..).unwrap_or_default())
            }
            _ => value
                .split_at(value.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(value.len())),
        };
        if let Some(scheme) = runs(value) {
            return Err(scheme.to_owned());
        }
        rest = end;
    }
}

/// The scheme of a link that runs. Browsers pass over blanks and control characters in it, and undo references.
fn runs(value: &str) -> Option<&'static str> {
    let value =
        value.replace("&Tab;", "").replace("&NewLine;", "").replace("&colon;", ":").replace("&#58;", ":");
    let plain: String = value
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .take(20)
        .collect::<String>()
        .to_ascii_lowercase();
    SCHEMES.into_iter().find(|scheme| plain.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_runs_is_named() {
        for (html, what) in [
            ("<p>a</p><SCRIPT>x</script>", "<script"),
            ("<script\n src=x>", "<script"),
            ("<a href=\"JavaScript:alert(1)\">", "javascript:"),
            ("<a href=' java\nscript:x'>", "javascript:"),
            ("<a href=javascript&colon;x>", "javascript:"),
            ("<img src=x onerror=alert(1)>", "onerror="),
            ("<img/src=\"a\"/OnLoad = 'x'>", "onload="),
            ("<b <i onclick=x>", "onclick="),
            ("<iframe src=//x>", "<iframe"),
        ] {
            assert_eq!(active_content(html).as_deref(), Some(what), "{html}");
        }
    }

    #[test]
    fn words_about_it_are_no_offence() {
        for html in [
            "<p>Our javascript: course begins on=Monday, 3 < 4 onload=x</p>",
            "<a title=\"click onload=now\" href=\"https://x/on?onload=1\">on</a>",
            "<p once data-on=\"1\" on>",
            "<description>scripts</description>",
            "<a href=\"{{ link or \"https://x\" }}\">",
        ] {
            assert_eq!(active_content(html), None, "{html}");
        }
    }

    proptest! {
        #[test]
        fn anything_is_read(html in "(<|>|a|on|=|\"|'| |/|한|javascript:){0,40}") {
            let _ = active_content(&html);
        }
    }
}
