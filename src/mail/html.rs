//! HTML as text: for readers of HTML mail on a terminal, and for mails that are written in HTML alone.

use memchr::memmem;

/// Elements whose end is the end of a line; mail-parser knows only `br` and `p`.
const BLOCKS: [&str; 13] =
    ["h1", "h2", "h3", "h4", "h5", "h6", "div", "li", "tr", "table", "blockquote", "pre", "title"];

/// The text between the tags, in lines. Takes time in proportion to `html`.
#[must_use]
pub fn to_text(html: &str) -> String {
    let mut marked = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = memmem::find(rest.as_bytes(), b"</") {
        let (before, tag) = rest.split_at(at);
        marked.push_str(before);
        let name = tag[2..].split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if BLOCKS.iter().any(|block| block.eq_ignore_ascii_case(name)) {
            marked.push_str("<br>");
        }
        marked.push_str("</");
        rest = &tag[2..];
    }
    marked.push_str(rest);
    mail_parser::decoders::html::html_to_text(&marked)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn blocks_are_lines() {
        let html = "<h1>Boots</h1><div>Two &lt; three</div><ul><li>한국어</li><LI>b</LI ></ul><p>c</p>d<style>x</style>";
        assert_eq!(to_text(html), "Boots\nTwo < three\n한국어\nb\nc\nd");
    }

    proptest! {
        #[test]
        fn any_text_is_taken(html in "(</?|h1|div|>|한| |&lt;){0,30}") {
            prop_assert!(to_text(&html).len() <= 2 * html.len() + 8);
        }
    }
}
