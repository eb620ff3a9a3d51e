//! `/c`: the chat page as it stands before its script runs, and without it. The ticket stands behind the `#` of its
//! address and so never reaches us.

use super::{
    page::{escaped, head},
    words::{Lang, Words},
};

/// What a server promises its visitors.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// It sends mail, so an answer can come that way.
    pub mail: bool,
    /// Days a conversation is kept after its last line.
    pub keep_days: i64,
}

/// The page: first paint without a script, then `c.js` takes it over.
#[must_use]
pub fn chat(lang: Lang, terms: &Terms) -> String {
    let words = Words::of(lang);
    let days = match terms.keep_days {
        365 => words.a_year.to_owned(),
        days => words.days.replace("{count}", &days.to_string()),
    };
    format!(
        "{}<body data-mail=\"{}\" data-keep=\"{}\">\n<main id=\"page\">\n<h1>{}</h1>\n\
         <p class=\"wait\">{}</p>\n<p class=\"late\">{}</p>\n\
         <noscript><p>{}</p><p>{}</p><pre><code>ch-chat open 'LINK'</code></pre></noscript>\n</main>\n\
         <footer id=\"print\">\n<details><summary>{}</summary><p>{}</p><p>{}</p></details>\n</footer>\n</body>\n</html>\n",
        head(lang, &escaped(words.chat_title), Some("c.js"), ""),
        if terms.mail { "yes" } else { "no" },
        terms.keep_days,
        escaped(words.chat_title),
        escaped(words.chat_wait),
        escaped(words.chat_late),
        escaped(words.chat_by_mail),
        escaped(words.chat_plain),
        escaped(words.stored),
        escaped(&words.stored_lines.replace("{days}", &days)),
        escaped(words.stored_none),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_script_it_says_how_to_open_the_link_and_that_mail_works() {
        let html = chat(Lang::En, &Terms { mail: true, keep_days: 30 });
        assert!(html.contains("<noscript>") && html.contains("ch-chat open"), "{html}");
        assert!(html.contains("answer the mail") && html.contains("30 days"), "{html}");
        assert!(chat(Lang::Ko, &Terms { mail: false, keep_days: 365 }).contains("1년"));
    }

    #[test]
    fn no_script_or_style_is_inline_and_no_button_comes_before_the_one_to_press() {
        let html = chat(Lang::En, &Terms { mail: true, keep_days: 365 });
        assert!(!html.contains("<style") && !html.contains(" style=") && !html.contains("<button"), "{html}");
        for script in html.split("<script").skip(1) {
            assert!(script.contains("\"></script>"), "{script}");
        }
    }
}
