//! How an ad looks: HTML for one that brings none, in tables and inline styles because mail programs know little else;
//! the lines that every text has.

use crate::mail::chat_line::Lang;

/// Our HTML around an ad's text. It stays a template: the text's own fields are filled in with it.
pub(super) fn of_text(text: &str) -> String {
    let mut paragraphs = String::new();
    for paragraph in text.replace("\r\n", "\n").split("\n\n").filter(|paragraph| !paragraph.trim().is_empty())
    {
        paragraphs.push_str("<p style=\"margin:0 0 16px\">");
        paragraphs.push_str(&markup(paragraph.trim()).replace('\n', "<br>\n"));
        paragraphs.push_str("</p>\n");
    }
    LAYOUT.replace("@TEXT@", &paragraphs)
}

/// A template's text as HTML: what is between its marks stays as it is.
fn markup(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, mark)) = rest.find("{{").or_else(|| rest.find("{%")).map(|at| rest.split_at(at)) {
        out.push_str(&escape(before));
        let end = mark.find("}}").or_else(|| mark.find("%}")).map_or(mark.len(), |end| end + 2);
        out.push_str(&mark[..end]);
        rest = &mark[end..];
    }
    out + &escape(rest)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A link as it stands in text and in an attribute alike. The engine would write `&#x2f;` for each slash, which not
/// every reader of links undoes. A link with a quote or a bracket in it is left to the engine.
pub(super) fn link(url: &str) -> minijinja::Value {
    let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>&`".contains(&byte));
    if is_plain { minijinja::Value::from_safe_string(url.to_owned()) } else { url.into() }
}

/// The text with what every one has: a line to chat, a line to say no, the shop's address. None is added twice.
pub(super) fn text(
    text: &str,
    chat: &str,
    unsubscribe: &str,
    language: Lang,
    postal: Option<&str>,
) -> String {
    let mut out = text.trim_end().to_owned();
    if !out.contains(chat) {
        out.push_str(&format!("\n\n{}: {chat}", language.invitation()));
    }
    if !out.contains(unsubscribe) {
        out.push_str(&format!("\n\n-- \n{}: {unsubscribe}", no_more(language)));
    }
    if let Some(postal) = postal.filter(|postal| !out.contains(*postal)) {
        out.push_str(&format!("\n{postal}"));
    }
    out.push('\n');
    out
}

/// HTML that names neither the chat nor the way to say no gets both at its end.
pub(super) fn with_links(html: &str, chat: &str, unsubscribe: &str, language: Lang) -> String {
    let mut html = html.to_owned();
    // Engines escape a slash or an ampersand as they like; a ticket is plain.
    let ticket = |link: &str| link.rsplit(['#', '/']).next().unwrap_or_default().to_owned();
    if !html.contains(&ticket(chat)) {
        html = crate::mail::chat_line::after_html(&html, language, chat);
    }
    if !html.contains(&ticket(unsubscribe)) {
        let line = format!(
            "<p style=\"font:13px sans-serif;color:#666\"><a href=\"{}\" style=\"color:#666\">{}</a></p>\n",
            escape(unsubscribe),
            no_more(language)
        );
        let lower = html.to_ascii_lowercase();
        let at = lower.rfind("</body").or_else(|| lower.rfind("</html")).unwrap_or(html.len());
        html.insert_str(at, &line);
    }
    html
}

fn no_more(language: Lang) -> &'static str {
    match language {
        Lang::En => "No more mails like this",
        Lang::Ko => "수신거부 (무료)",
    }
}

/// A price as people read it: `89,000원`, `€89.00`.
pub(super) fn price(number: &str, currency: &str) -> String {
    let (whole, rest) = number.split_once('.').map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let mut grouped = String::new();
    let digits = whole.chars().count();
    for (at, c) in whole.chars().enumerate() {
        if at > 0 && (digits - at) % 3 == 0 && c.is_ascii_digit() {
            grouped.push(',');
        }
        grouped.push(c);
    }
    if let Some(rest) = rest {
        grouped.push('.');
        grouped.push_str(rest);
    }
    match currency {
        "KRW" => format!("{grouped}원"),
        "USD" => format!("${grouped}"),
        "EUR" => format!("€{grouped}"),
        "GBP" => format!("£{grouped}"),
        "JPY" => format!("¥{grouped}"),
        other => format!("{grouped} {other}"),
    }
}

const LAYOUT: &str = r##"<!DOCTYPE html>
<html lang="{{ language }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{ title }}</title>
</head>
<body style="margin:0;padding:0;background:#f3f1ec">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f3f1ec">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;border-radius:12px;overflow:hidden">
{% if picture %}<tr><td><img src="{{ picture }}" width="560" alt="{{ title }}" style="display:block;width:100%;height:auto;border:0"></td></tr>
{% endif %}<tr><td style="padding:28px 28px 8px;font-family:'Apple SD Gothic Neo','Malgun Gothic','Noto Sans KR',-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;font-size:16px;line-height:1.6;color:#22252a">
{% if company %}<p style="margin:0 0 6px;font-size:13px;letter-spacing:.04em;color:#6b6f76">{{ company }}</p>
{% endif %}<h1 style="margin:0 0 16px;font-size:26px;line-height:1.25;color:#16181c">{{ title }}</h1>
@TEXT@{% if price %}<p style="margin:0 0 20px;font-size:22px;font-weight:700;color:#16181c">{{ price }}</p>
{% endif %}<table role="presentation" cellpadding="0" cellspacing="0" style="margin:8px 0 20px"><tr><td style="border-radius:8px;background:#0b6e4f">
<a href="{{ chat_link }}" style="display:inline-block;padding:14px 26px;font-size:17px;font-weight:700;color:#ffffff;text-decoration:none">{% if language == "ko" %}지금 바로 채팅하기{% else %}Chat with me now{% endif %}</a>
</td></tr></table>
{% if link %}<p style="margin:0 0 20px"><a href="{{ link }}" style="color:#0b6e4f">{% if language == "ko" %}자세히 보기{% else %}Read more{% endif %}</a></p>
{% endif %}</td></tr>
<tr><td style="padding:16px 28px 24px;border-top:1px solid #ece9e2;font-family:'Apple SD Gothic Neo','Malgun Gothic',-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;font-size:13px;line-height:1.5;color:#5c6068">
{% if postal %}{{ postal }}<br>
{% endif %}<a href="{{ unsubscribe_link }}" style="color:#5c6068">{% if language == "ko" %}수신거부 (무료){% else %}No more mails like this{% endif %}</a>
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
"##;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_written_as_people_read_it() {
        for (number, currency, due) in [
            ("89000", "KRW", "89,000원"),
            ("89.00", "EUR", "€89.00"),
            ("1234567.5", "USD", "$1,234,567.5"),
            ("900", "CHF", "900 CHF"),
        ] {
            assert_eq!(price(number, currency), due);
        }
    }

    #[test]
    fn a_texts_marks_stay_marks_and_the_rest_is_text() {
        assert_eq!(markup("a < b {{ name|upper }} & c"), "a &lt; b {{ name|upper }} &amp; c");
        assert_eq!(markup("a {{ b"), "a {{ b");
    }
}
