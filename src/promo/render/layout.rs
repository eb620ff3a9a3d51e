//! How an ad looks: a page around the text of one that brings no HTML, in tables and inline styles because mail programs know
//! little else; and what every mail must say, whoever wrote it.

use memchr::memmem;

use super::pressable::pressable;
use crate::mail::chat_line::{self, Lang, end_of_body};

/// What is said in every mail, beside the ad's own words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Must<'a> {
    pub language: Lang,
    /// The chat button's link.
    pub chat: &'a str,
    /// Where one says no.
    pub unsubscribe: &'a str,
    /// Whom it is from: a name, if there is one, and an address.
    pub sender: (Option<&'a str>, &'a str),
    /// The shop's postal address.
    pub postal: Option<&'a str>,
}

/// What our page shows.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub title: &'a str,
    pub company: Option<&'a str>,
    /// `cid:…`.
    pub picture: Option<&'a str>,
    pub text: &'a str,
    pub price: &'a str,
    pub link: Option<&'a str>,
}

impl Lang {
    fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }

    /// Korean law wants it in both languages.
    pub(super) fn no_more(self) -> &'static str {
        match self {
            Self::En => "No more mails like this",
            Self::Ko => "수신거부 (무료) / Unsubscribe",
        }
    }

    fn read_more(self) -> &'static str {
        match self {
            Self::En => "Read more",
            Self::Ko => "자세히 보기",
        }
    }

    fn price(self) -> &'static str {
        match self {
            Self::En => "Price",
            Self::Ko => "가격",
        }
    }
}

/// The language that words are written in: Korean when they have a Korean syllable.
pub(super) fn language_of<'a>(words: impl IntoIterator<Item = &'a str>) -> Lang {
    let is_korean = |text: &str| text.chars().any(|c| ('\u{ac00}'..='\u{d7a3}').contains(&c));
    if words.into_iter().any(is_korean) { Lang::Ko } else { Lang::En }
}

/// A link as it stands in text and in an attribute alike. The engine would write `&#x2f;` for each slash, which not
/// every reader of links undoes. A link with a quote or a bracket in it is left to the engine.
pub(super) fn link(url: &str) -> minijinja::Value {
    let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>&`".contains(&byte));
    if is_plain { minijinja::Value::from_safe_string(url.to_owned()) } else { url.into() }
}

/// The text with what it has to say besides; nothing is said twice.
pub(super) fn text(text: &str, price: &str, link: Option<&str>, must: &Must<'_>) -> String {
    let mut out = String::with_capacity(text.len() + 600);
    out.push_str(text.trim_end());
    let mut say = |gap: &str, words: &[&str], known: &str| {
        if !known.is_empty() && !has(&out, known) {
            out.push_str(gap);
            words.iter().for_each(|word| out.push_str(word));
        }
    };
    say("\n\n", &[must.language.price(), ": ", price], price);
    let link = link.unwrap_or_default();
    say("\n\n", &[must.language.read_more(), ": ", link], link);
    say("\n\n", &[must.language.invitation(), ": ", must.chat], must.chat);
    say("\n\n-- ", &[], "-- \n");
    let (name, address) = must.sender;
    match name {
        Some(name) => say("\n", &[name, " <", address, ">"], address),
        None => say("\n", &[address], address),
    }
    let postal = must.postal.unwrap_or_default();
    say("\n", &[postal], postal);
    say("\n", &[must.language.no_more(), ": ", must.unsubscribe], must.unsubscribe);
    out.push('\n');
    out
}

/// Somebody's own HTML with what it leaves out: the chat button, who mails, the shop's address, the way to say no.
pub(super) fn with_musts(html: &str, must: &Must<'_>) -> String {
    // Engines escape a slash or an ampersand as they like; a ticket is plain.
    let ticket = |link: &str| link.rsplit(['#', '/']).next().unwrap_or_default().to_owned();
    let mut html = pressable(html, must);
    let mut end = end_of_body(&html);
    if !has(&html, &ticket(must.chat)) {
        end = chat_line::insert_html(&mut html, end, must.language, must.chat);
    }
    let says = |words: &str| has(&html, words) || has(&html, &escaped(words));
    let postal = must.postal.filter(|postal| !says(postal));
    let no_more = (!has(&html, &ticket(must.unsubscribe))).then_some(must.unsubscribe);
    let (name, address) = must.sender;
    let (name, address) = (name.filter(|name| !says(name)), Some(address).filter(|address| !says(address)));
    if postal.is_some() || no_more.is_some() || name.is_some() || address.is_some() {
        let mut line = "<p style=\"font:13px sans-serif;color:#5c6068\">".to_owned();
        let sender: Vec<String> = name.into_iter().chain(address).map(escaped).collect();
        if !sender.is_empty() {
            line.push_str(&sender.join(" · "));
            line.push_str("<br>\n");
        }
        if let Some(postal) = postal {
            escape(postal, &mut line);
            line.push_str("<br>\n");
        }
        if let Some(link) = no_more {
            anchor(link, must.language.no_more(), "color:#5c6068", &mut line);
        }
        line.push_str("</p>\n");
        html.insert_str(end, &line);
    }
    html
}

/// Whether some words stand in it: sixteen bytes at a time and more, as `str::contains` does not look.
pub(super) fn has(text: &str, words: &str) -> bool {
    memmem::find(text.as_bytes(), words.as_bytes()).is_some()
}

/// Our page around a text.
pub(super) fn page(page: &Page<'_>, must: &Must<'_>) -> String {
    let mut out = String::with_capacity(6 * 1024 + 2 * page.text.len());
    let language = must.language;
    let mut say = |pieces: &[&str]| pieces.iter().for_each(|piece| out.push_str(piece));
    let title = escaped(page.title);
    say(&[
        "<!DOCTYPE html>\n<html lang=\"",
        language.code(),
        "\">\n",
        HEAD,
        "<title>",
        &title,
        "</title>\n",
        TOP,
    ]);
    if let Some(picture) = page.picture {
        say(&[
            "<tr><td><img src=\"",
            picture,
            "\" width=\"560\" alt=\"",
            &title,
            "\" style=\"display:block;width:100%;max-width:560px;height:auto;border:0\"></td></tr>\n",
        ]);
    }
    say(&["<tr><td style=\"padding:28px 28px 12px;", FONT, "font-size:16px;line-height:1.65\">\n"]);
    if let Some(company) = page.company {
        let company = escaped(company);
        say(&[
            "<p class=\"quiet\" style=\"margin:0 0 6px;font-size:13px;color:#5c6068\">",
            &company,
            "</p>\n",
        ]);
    }
    say(&[
        "<h1 class=\"ink\" style=\"margin:0 0 16px;font-size:25px;line-height:1.3;color:#16181c\">",
        &title,
        "</h1>\n",
    ]);
    paragraphs(page.text, must, &mut out);
    let mut say = |pieces: &[&str]| pieces.iter().for_each(|piece| out.push_str(piece));
    if !page.price.is_empty() {
        let price = escaped(page.price);
        say(&[
            "<p class=\"ink\" style=\"margin:0 0 20px;font-size:23px;font-weight:700;color:#16181c\">",
            &price,
        ]);
        say(&["</p>\n"]);
    }
    say(&[
        BUTTON,
        "<a href=\"",
        &escaped(must.chat),
        BUTTON_STYLE,
        language.invitation(),
        "</a></td></tr></table>\n",
    ]);
    if let Some(link) = page.link {
        say(&["<p style=\"margin:0 0 20px\">"]);
        anchor(link, language.read_more(), "color:#0b6e4f", &mut out);
        out.push_str("</p>\n");
    }
    foot(must, &mut out);
    out
}

fn foot(must: &Must<'_>, out: &mut String) {
    let style = "font-size:13px;line-height:1.6;color:#5c6068";
    let begin = [
        "</td></tr>\n<tr><td class=\"foot\" style=\"padding:16px 28px 24px;border-top:1px solid #e8e5de;",
        FONT,
    ];
    begin.iter().chain(&[style, "\">\n"]).for_each(|piece| out.push_str(piece));
    let (name, address) = must.sender;
    if let Some(name) = name {
        escape(name, out);
        out.push_str(" · ");
    }
    escape(address, out);
    out.push_str("<br>\n");
    if let Some(postal) = must.postal {
        escape(postal, out);
        out.push_str("<br>\n");
    }
    anchor(must.unsubscribe, must.language.no_more(), "color:#5c6068", out);
    out.push_str("\n</td></tr>\n</table>\n</td></tr>\n</table>\n</body>\n</html>\n");
}

/// A text's paragraphs, its links to be followed. The chat's and the no's link are long: words stand for them.
fn paragraphs(text: &str, must: &Must<'_>, out: &mut String) {
    let mut is_open = false;
    for line in text.lines() {
        if line.trim().is_empty() {
            if is_open {
                out.push_str("</p>\n");
            }
            is_open = false;
            continue;
        }
        out.push_str(if is_open { "<br>\n" } else { "<p style=\"margin:0 0 16px\">" });
        is_open = true;
        linked(line.trim_end(), must, out);
    }
    if is_open {
        out.push_str("</p>\n");
    }
}

fn linked(line: &str, must: &Must<'_>, out: &mut String) {
    let mut rest = line;
    while let Some(at) = ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min() {
        let (before, from) = rest.split_at(at);
        let end = from.find(|c: char| c.is_whitespace() || "<>\"".contains(c)).unwrap_or(from.len());
        let url = from[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'']);
        escape(before, out);
        let words = match url {
            url if url == must.chat => must.language.invitation(),
            url if url == must.unsubscribe => must.language.no_more(),
            url => url.split_once("://").map_or(url, |(_, rest)| rest),
        };
        anchor(url, words, "color:#0b6e4f", out);
        rest = &from[url.len()..];
    }
    escape(rest, out);
}

pub(super) fn anchor(url: &str, words: &str, style: &str, out: &mut String) {
    out.push_str("<a href=\"");
    escape(url, out);
    out.push_str("\" style=\"");
    out.push_str(style);
    out.push_str("\">");
    escape(words, out);
    out.push_str("</a>");
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    escape(text, &mut out);
    out
}

fn escape(mut text: &str, out: &mut String) {
    while let Some(at) = text.find(['&', '<', '>', '"', '\'']) {
        out.push_str(&text[..at]);
        out.push_str(match text.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        });
        text = &text[at + 1..];
    }
    out.push_str(text);
}

const FONT: &str = "font-family:-apple-system,'Segoe UI','Apple SD Gothic Neo','Malgun Gothic','Noto Sans KR',Roboto,Helvetica,Arial,sans-serif;\
                    word-break:keep-all;overflow-wrap:anywhere;color:#22252a;";
const HEAD: &str = "<head>\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
    <meta name=\"color-scheme\" content=\"light dark\">\n\
    <style>@media (prefers-color-scheme: dark) {\n\
    .back { background: #16181b !important } .card { background: #22262b !important }\n\
    .card td, .card p, .ink { color: #eceae6 !important } .quiet, .foot, .foot a { color: #a9adb3 !important }\n\
    .foot { border-color: #3a3f46 !important } .card p a { color: #6fd1ae !important } }</style>\n";
const TOP: &str = "</head>\n<body class=\"back\" style=\"margin:0;padding:0;background:#f3f1ec\">\n\
    <table role=\"presentation\" class=\"back\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"background:#f3f1ec\">\n\
    <tr><td align=\"center\" style=\"padding:20px 10px\">\n\
    <table role=\"presentation\" class=\"card\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" \
    style=\"max-width:560px;background:#ffffff;border-radius:12px;overflow:hidden;text-align:left\">\n";
const BUTTON: &str = "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" style=\"margin:4px 0 22px\"><tr>\
    <td bgcolor=\"#0b6e4f\" style=\"border-radius:8px;background:#0b6e4f\">";
const BUTTON_STYLE: &str = "\" style=\"display:inline-block;padding:14px 26px;font-size:17px;font-weight:700;color:#ffffff;text-decoration:none\">";

#[cfg(test)]
mod tests {
    use super::*;

    const MUST: Must<'static> = Must {
        language: Lang::En,
        chat: "https://ch.example.org/c#TICKET",
        unsubscribe: "https://ch.example.org/u/NO",
        sender: (Some("A & B"), "a@example.org"),
        postal: Some("1 Main Street"),
    };

    #[test]
    fn nothing_is_said_twice() {
        let said = text("Hi\nhttps://ch.example.org/c#TICKET costs €5\n", "€5", None, &MUST);
        assert_eq!(
            said,
            "Hi\nhttps://ch.example.org/c#TICKET costs €5\n\n-- \nA & B <a@example.org>\n1 Main Street\n\
             No more mails like this: https://ch.example.org/u/NO\n"
        );
        let html =
            with_musts("<p><a href=\"https:&#x2f;&#x2f;ch.example.org&#x2f;u&#x2f;NO\">no</a></p>", &MUST);
        assert_eq!((html.matches("NO\"").count(), html.matches("1 Main Street").count()), (1, 1), "{html}");
        assert!(html.contains("c#TICKET"), "{html}");
    }

    #[test]
    fn a_texts_lines_and_links_are_html() {
        let mut out = String::new();
        paragraphs(
            "a <b>\r\nsee https://x.example/a?b=1&c=2).\n\n\n\nhttps://ch.example.org/c#TICKET",
            &MUST,
            &mut out,
        );
        assert_eq!(
            out,
            "<p style=\"margin:0 0 16px\">a &lt;b&gt;<br>\nsee <a href=\"https://x.example/a?b=1&amp;c=2\" \
             style=\"color:#0b6e4f\">x.example/a?b=1&amp;c=2</a>).</p>\n<p style=\"margin:0 0 16px\">\
             <a href=\"https://ch.example.org/c#TICKET\" style=\"color:#0b6e4f\">Chat with me now</a></p>\n"
        );
    }

    #[test]
    fn hangul_is_korean() {
        assert_eq!((language_of(["Boots", "새 부츠"]), language_of(["Boots", "長靴"])), (Lang::Ko, Lang::En));
    }
}
