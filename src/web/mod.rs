//! Pages: plain HTML on a small screen, in English and Korean; those that a script makes live say something without
//! it, too.
//!
//! Functions from what is to be said to a [`Page`]; whatever comes from outside is escaped here. Which address
//! shows which page is the server's to say.

mod asset;
mod chat;
mod chats;
pub mod join;
mod page;
pub mod sign_in;
pub mod unsubscribe;
mod words;

pub use asset::{Asset, asset};
pub use chat::{Terms, chat};
pub use chats::chats;
pub use page::Page;
pub use words::{Lang, Trouble};

use words::Words;

/// A speech bubble of 16 × 16 points.
pub const FAVICON: &[u8] = include_bytes!("favicon.ico");

/// `/`: what is here.
#[must_use]
pub fn front(lang: Lang) -> Page {
    let words = Words::of(lang);
    Page::new(lang, words.front_title).paragraph(words.front)
}

/// An address at which nothing is, some levels down.
#[must_use]
pub fn nowhere(lang: Lang, levels: usize) -> Page {
    let words = Words::of(lang);
    let page = Page::new(lang, words.nowhere_title).deep(levels);
    page.paragraph(words.nowhere).paragraph(words.nowhere_more)
}

/// `GET /confirm`: one button. Looking at it does nothing, so a scanner that follows links confirms nothing.
#[must_use]
pub fn confirm(lang: Lang, ticket: &str) -> Page {
    let words = Words::of(lang);
    let page = Page::new(lang, words.confirm_title).switch(&format!("t={ticket}&"));
    page.paragraph(words.confirm).button("confirm", "t", ticket, words.confirm_button)
}

/// `POST /confirm` that went well.
#[must_use]
pub fn confirmed(lang: Lang, login: &str) -> Page {
    let words = Words::of(lang);
    Page::new(lang, words.confirmed_title).paragraph(&words.confirmed.replace("LOGIN", login))
}

/// `/confirm` that did not.
#[must_use]
pub fn trouble(lang: Lang, trouble: Trouble) -> Page {
    let words = Words::of(lang);
    Page::new(lang, words.trouble_title).paragraph(words.trouble(trouble))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_comes_from_outside_is_escaped() {
        let html = confirm(Lang::En, "\"><script>alert(1)</script>").html();
        assert!(!html.contains("<script"), "{html}");
        let html = confirmed(Lang::Ko, "<b>&").html();
        assert!(html.contains("&lt;b&gt;&amp;"), "{html}");
    }

    #[test]
    fn the_confirmation_is_a_form_that_posts() {
        let html = confirm(Lang::En, "AQ").html();
        assert!(html.contains("<form method=\"post\" action=\"confirm?lang=en\">"), "{html}");
        assert!(html.contains("name=\"t\" value=\"AQ\""), "{html}");
    }

    #[test]
    fn the_icon_is_one() {
        assert_eq!(&FAVICON[..4], &[0, 0, 1, 0]);
    }
}
