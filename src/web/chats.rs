//! `/chats`: the page of a signed-in login as it stands before its script runs, and without it. Nothing of the login is
//! in it: its script asks, with the cookie, who this is.

use super::{asset, page::head, words::Lang};

/// The page; `keep_days`: how long the server keeps a conversation after its last line.
#[must_use]
pub fn chats(lang: Lang, keep_days: i64) -> String {
    let (title, wait, plain, enter) = match lang {
        Lang::En => (
            "Chats",
            "Connecting…",
            "This page needs JavaScript to ring. Without it, ch-chat listen does the same in a terminal.",
            "Sign in",
        ),
        Lang::Ko => (
            "채팅",
            "연결하고 있습니다…",
            "이 페이지에서 채팅을 받으려면 자바스크립트가 필요합니다. 쓸 수 없다면 터미널에서 ch-chat listen을 쓰세요.",
            "로그인",
        ),
    };
    format!(
        "{}<link rel=\"stylesheet\" href=\"{}\">\n<body data-keep=\"{keep_days}\">\n<main id=\"page\" class=\"chats\">\n\
         <h1>{title}</h1>\n<p class=\"wait\">{wait}</p>\n\
         <noscript><p>{plain}</p><p><a href=\"sign-in\">{enter}</a></p></noscript>\n</main>\n\
         <footer id=\"print\"></footer>\n</body>\n</html>\n",
        head(lang, title, Some("chats.js"), ""),
        asset::place("chats.css"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_script_says_again_it_says_in_the_same_words() {
        let scripts = [include_str!("script/chats-en.js"), include_str!("script/chats-ko.js")];
        for (lang, script) in [Lang::En, Lang::Ko].into_iter().zip(scripts) {
            let page = chats(lang, 365);
            for key in ["chats", "connecting", "sign_in"] {
                let begins = format!("  {key}: '");
                let said = script.lines().find_map(|line| line.strip_prefix(&begins)).unwrap_or_default();
                let said = said.trim_end_matches("',");
                assert!(!said.is_empty() && page.contains(said), "{key}: {said}");
            }
        }
    }

    #[test]
    fn no_script_or_style_is_inline() {
        let html = chats(Lang::Ko, 365);
        assert!(!html.contains("<style") && !html.contains(" style="), "{html}");
        for script in html.split("<script").skip(1) {
            assert!(script.contains("\"></script>"), "{script}");
        }
    }
}
