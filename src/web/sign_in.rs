//! The pages of signing in by a mailed link. They work without a script.

use super::{Lang, Page};

/// Why a browser was not signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The link is damaged or forged.
    Damaged,
    /// It was used, or its time is over.
    Expired,
    /// The login is gone.
    Gone,
    /// What was typed is no mail address.
    NoAddress,
    /// Another site's page sent this browser here.
    Foreign,
    /// The server sends no mail.
    NoMail,
    /// Too often from here.
    TooMany,
    /// The server cannot do it now.
    Later,
}

/// `GET /sign-in`: whom to mail the link to.
#[must_use]
pub fn ask(lang: Lang) -> Page {
    let words = Words::of(lang);
    form(Page::new(lang, words.title).paragraph(words.ask).switch(""), words)
}

/// `POST /sign-in` with an address: the same whether or not there is such a login.
#[must_use]
pub fn asked(lang: Lang) -> Page {
    let words = Words::of(lang);
    Page::new(lang, words.asked_title).paragraph(words.asked).paragraph(words.asked_more)
}

/// `GET /sign-in?t=…`: one button. Looking at it does nothing, so a scanner that follows links signs nobody in and
/// uses no link up.
#[must_use]
pub fn press(lang: Lang, ticket: &str) -> Page {
    let words = Words::of(lang);
    let page = Page::new(lang, words.title).switch(&format!("t={ticket}&"));
    page.paragraph(words.press).button("sign-in", "t", ticket, words.press_button)
}

/// What went wrong, and the way to another link where that helps.
#[must_use]
pub fn refused(lang: Lang, why: Refusal) -> Page {
    let words = Words::of(lang);
    let page = Page::new(lang, words.refused_title).paragraph(words.refusal(why));
    match why {
        Refusal::Damaged | Refusal::Expired | Refusal::NoAddress | Refusal::Foreign => form(page, words),
        Refusal::Gone | Refusal::NoMail | Refusal::TooMany | Refusal::Later => page,
    }
}

/// `POST /sign-out`.
#[must_use]
pub fn signed_out(lang: Lang) -> Page {
    let words = Words::of(lang);
    form(Page::new(lang, words.out_title).paragraph(words.out), words)
}

fn form(page: Page, words: &Words) -> Page {
    page.field("sign-in", "mail", "email", words.address, words.ask_button)
}

struct Words {
    title: &'static str,
    ask: &'static str,
    address: &'static str,
    ask_button: &'static str,
    asked_title: &'static str,
    asked: &'static str,
    asked_more: &'static str,
    press: &'static str,
    press_button: &'static str,
    out_title: &'static str,
    out: &'static str,
    refused_title: &'static str,
    damaged: &'static str,
    expired: &'static str,
    gone: &'static str,
    no_address: &'static str,
    foreign: &'static str,
    no_mail: &'static str,
    too_many: &'static str,
    later: &'static str,
}

const EN: Words = Words {
    title: "Sign in",
    ask: "Type the mail address that you registered and confirmed with chmail. You get a mail with a link that signs \
          this browser in. There is no password.",
    address: "Mail address",
    ask_button: "Mail me a link",
    asked_title: "Look into your mailbox",
    asked: "If a login has this address, a mail with a link is on its way. The link works once, for 15 minutes.",
    asked_more: "Nothing there? Look where your mail program puts spam, and whether the address is the confirmed one.",
    press: "Press the button to sign this browser in. It stays signed in until you sign out, or do not come back for \
            30 days.",
    press_button: "Sign in",
    out_title: "Signed out",
    out: "This browser is signed out. Nobody can be rung here any more.",
    refused_title: "Not signed in",
    damaged: "This link is damaged. Copy it whole from the mail, or ask for another.",
    expired: "This link was used already, or is over 15 minutes old. Ask for another.",
    gone: "The login that this link is for is gone.",
    no_address: "That is no mail address. Look at it once more.",
    foreign: "A page of another site sent you here, so nothing was done. To sign in, ask for a link here.",
    no_mail: "This server sends no mail, so it cannot mail you a link. Its operator can change that (ch-serve --via).",
    too_many: "Too many links were asked for from here. Try again in a few minutes.",
    later: "The server cannot do this now. Try again in a minute.",
};

const KO: Words = Words {
    title: "로그인",
    ask: "chmail에 등록하고 확인한 메일 주소를 입력하세요. 이 브라우저를 로그인시키는 링크를 메일로 보내 드립니다. 비밀번호는 없습니다.",
    address: "메일 주소",
    ask_button: "링크 받기",
    asked_title: "메일함을 확인하세요",
    asked: "이 주소를 쓰는 로그인이 있으면 링크가 든 메일이 곧 도착합니다. 링크는 15분 동안 한 번만 쓸 수 있습니다.",
    asked_more: "메일이 오지 않으면 스팸함을 살펴보고, 확인을 마친 주소가 맞는지 보세요.",
    press: "버튼을 누르면 이 브라우저로 로그인합니다. 로그아웃하거나 30일 동안 쓰지 않을 때까지 로그인이 유지됩니다.",
    press_button: "로그인",
    out_title: "로그아웃했습니다",
    out: "이 브라우저에서 로그아웃했습니다. 이제 여기로는 채팅이 걸려 오지 않습니다.",
    refused_title: "로그인하지 못했습니다",
    damaged: "링크가 손상되었습니다. 메일에서 링크 전체를 복사하거나 새로 요청하세요.",
    expired: "이미 쓴 링크이거나 15분이 지난 링크입니다. 새로 요청하세요.",
    gone: "이 링크의 로그인은 더 이상 없습니다.",
    no_address: "메일 주소가 아닙니다. 다시 확인하세요.",
    foreign: "다른 사이트의 페이지가 보낸 요청이라 아무것도 하지 않았습니다. 로그인하려면 여기서 링크를 요청하세요.",
    no_mail: "이 서버는 메일을 보내지 않아 링크를 보낼 수 없습니다. 운영자가 바꿀 수 있습니다(ch-serve --via).",
    too_many: "여기서 링크를 너무 많이 요청했습니다. 몇 분 뒤에 다시 시도하세요.",
    later: "지금은 서버가 처리할 수 없습니다. 잠시 후 다시 시도하세요.",
};

impl Words {
    fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &EN,
            Lang::Ko => &KO,
        }
    }

    fn refusal(&self, why: Refusal) -> &'static str {
        match why {
            Refusal::Damaged => self.damaged,
            Refusal::Expired => self.expired,
            Refusal::Gone => self.gone,
            Refusal::NoAddress => self.no_address,
            Refusal::Foreign => self.foreign,
            Refusal::NoMail => self.no_mail,
            Refusal::TooMany => self.too_many,
            Refusal::Later => self.later,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_is_pressed_with_a_form_that_posts() {
        let html = press(Lang::En, "\"><script>alert(1)</script>").html();
        assert!(html.contains("<form method=\"post\" action=\"sign-in?lang=en\">"), "{html}");
        assert!(!html.contains("<script>alert"), "{html}");
    }

    #[test]
    fn who_was_refused_can_ask_for_another_link_where_that_helps() {
        for (why, helps) in [(Refusal::Expired, true), (Refusal::Damaged, true), (Refusal::NoMail, false)] {
            for lang in [Lang::En, Lang::Ko] {
                assert_eq!(refused(lang, why).html().contains("name=\"mail\""), helps, "{why:?}");
            }
        }
    }
}
