//! The chat line: what a reader without our tools presses. Words in the recipient's language.

use std::str::FromStr;

/// A language that we have words in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Korean.
    Ko,
}

/// A language that we have no words in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the chat line is written in `en` or `ko`")]
pub struct BadLang;

impl Lang {
    /// The language of a POSIX locale (`ko_KR.UTF-8`); English when it is another or none.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        let language = locale.split(['_', '.', '@', '-']).next().unwrap_or_default();
        language.parse().unwrap_or_default()
    }

    /// What stands before the link.
    #[must_use]
    pub fn invitation(self) -> &'static str {
        match self {
            Self::En => "Chat with me now",
            Self::Ko => "지금 바로 채팅하기",
        }
    }
}

impl FromStr for Lang {
    type Err = BadLang;

    fn from_str(text: &str) -> Result<Self, BadLang> {
        match text.to_ascii_lowercase().as_str() {
            "en" => Ok(Self::En),
            "ko" => Ok(Self::Ko),
            _ => Err(BadLang),
        }
    }
}

/// `text` with the chat line after it, as a line of its own.
#[must_use]
pub fn after_text(text: &str, lang: Lang, link: &str) -> String {
    let text = text.trim_end_matches(['\r', '\n']);
    let gap = if text.is_empty() { "" } else { "\n\n" };
    format!("{text}{gap}{}: {link}\n", lang.invitation())
}

/// `html` with a button at the end of its body.
#[must_use]
pub fn after_html(html: &str, lang: Lang, link: &str) -> String {
    let mut out = html.to_owned();
    insert_html(&mut out, end_of_body(html), lang, link);
    out
}

/// The same into HTML whose body ends at `at`; where it ends then.
pub fn insert_html(html: &mut String, at: usize, lang: Lang, link: &str) -> usize {
    let gap = if at == 0 || html[..at].ends_with('\n') { "" } else { "\n" };
    let button = format!(
        "{gap}<p><a href=\"{}\" style=\"display:inline-block;padding:12px 20px;border-radius:6px;\
         background:#0a5;color:#fff;font:bold 16px sans-serif;text-decoration:none\">{}</a></p>\n",
        attribute(link),
        lang.invitation()
    );
    html.insert_str(at, &button);
    at + button.len()
}

/// Where the body of `html` ends: before the last `</body`, else the last `</html`, else at its end.
#[must_use]
pub fn end_of_body(html: &str) -> usize {
    let (html, mut page) = (html.as_bytes(), None);
    for at in memchr::memrchr_iter(b'<', html) {
        let is = |tag: &[u8]| html[at + 1..].get(..tag.len()).is_some_and(|it| it.eq_ignore_ascii_case(tag));
        if is(b"/body") {
            return at;
        }
        if page.is_none() && is(b"/html") {
            page = Some(at);
        }
    }
    page.unwrap_or(html.len())
}

/// Text as the value of an HTML attribute.
fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chat_line_is_a_line_of_its_own() {
        assert_eq!(after_text("Hi\n", Lang::En, "https://x/c#T"), "Hi\n\nChat with me now: https://x/c#T\n");
        assert_eq!(after_text("", Lang::En, "https://x/c#T"), "Chat with me now: https://x/c#T\n");
        assert!(
            after_text("안녕", Lang::Ko, "https://x/c#T")
                .ends_with("\n\n지금 바로 채팅하기: https://x/c#T\n")
        );
    }

    #[test]
    fn the_html_button_is_inside_the_body() {
        let html = after_html("<html><body><p>Hi</p></BODY></html>", Lang::En, "https://x/c#T\"><script>");
        assert!(
            html.ends_with("</p>\n</BODY></html>")
                && html.contains("href=\"https://x/c#T&quot;&gt;&lt;script")
        );
        assert!(after_html("<p>안녕", Lang::Ko, "https://x/c#T").starts_with("<p>안녕\n<p><a href="));
        let html = after_html("<BODY></BODY>\n</body>\n</HTML>\n<", Lang::En, "x");
        assert!(
            html.starts_with("<BODY></BODY>\n<p>") && html.ends_with("</p>\n</body>\n</HTML>\n<"),
            "{html}"
        );
        let html = after_html("</html</html><", Lang::En, "x");
        assert!(html.starts_with("</html\n<p>") && html.ends_with("</p>\n</html><"), "{html}");
    }

    #[test]
    fn a_locale_names_the_language() {
        assert_eq!(Lang::of_locale("ko_KR.UTF-8"), Lang::Ko);
        assert_eq!(Lang::of_locale("C.UTF-8"), Lang::En);
        assert_eq!(Lang::of_locale(""), Lang::En);
    }
}
