//! The pages of joining by oneself. They work without a script.

use super::{Lang, Page, page::Field};

/// Why nobody joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The link is damaged or forged.
    Damaged,
    /// Its time is over.
    Expired,
    /// What was typed is no mail address, or the name is too long.
    NoAddress,
    /// Another site's page sent this browser here.
    Foreign,
    /// The server sends no mail.
    NoMail,
    /// There is no shop here.
    NoShop,
    /// Too often from here.
    TooMany,
    /// The server cannot do it now.
    Later,
}

/// What somebody says yes to by joining, and by ticking the box: kept as proof.
#[must_use]
pub fn words_of(lang: Lang, shop: &str) -> (String, String) {
    let words = Words::of(lang);
    (words.ask.replace("{shop}", shop), words.promotion.replace("{shop}", shop))
}

/// `GET /join`: the form. Nothing is ticked before somebody ticks it.
#[must_use]
pub fn ask(lang: Lang, shop: &str) -> Page {
    let words = Words::of(lang);
    let (joins, _) = words_of(lang, shop);
    form(Page::new(lang, words.title).paragraph(&joins).switch(""), lang, shop)
}

/// `POST /join` with the form: the same for members, for others, and for addresses that are nobody's.
#[must_use]
pub fn asked(lang: Lang) -> Page {
    let words = Words::of(lang);
    Page::new(lang, words.asked_title).paragraph(words.asked).paragraph(words.asked_more)
}

/// `GET /join?t=…`: one button. Looking at it does nothing.
#[must_use]
pub fn press(lang: Lang, shop: &str, ticket: &str) -> Page {
    let words = Words::of(lang);
    let text = words.press.replace("{shop}", shop);
    let page = Page::new(lang, words.title).switch(&format!("t={ticket}&"));
    page.paragraph(&text).button("join", "t", ticket, words.press_button)
}

/// `POST /join` with the ticket. `promotion`: whether they asked for it; `None`: the link was used before.
#[must_use]
pub fn joined(lang: Lang, shop: &str, promotion: Option<bool>) -> Page {
    let words = Words::of(lang);
    let text = match promotion {
        Some(true) => words.with_promotion,
        Some(false) => words.without_promotion,
        None => words.before,
    };
    Page::new(lang, words.joined_title).paragraph(&text.replace("{shop}", shop))
}

/// What went wrong, and the form again where that helps.
#[must_use]
pub fn refused(lang: Lang, shop: &str, why: Refusal) -> Page {
    let words = Words::of(lang);
    let text = match why {
        Refusal::Damaged => words.damaged,
        Refusal::Expired => words.expired,
        Refusal::NoAddress => words.no_address,
        Refusal::Foreign => words.foreign,
        Refusal::NoMail => words.no_mail,
        Refusal::NoShop => words.no_shop,
        Refusal::TooMany => words.too_many,
        Refusal::Later => words.later,
    };
    let page = Page::new(lang, words.refused_title).paragraph(text);
    match why {
        Refusal::Damaged | Refusal::Expired | Refusal::NoAddress | Refusal::Foreign => form(page, lang, shop),
        Refusal::NoMail | Refusal::NoShop | Refusal::TooMany | Refusal::Later => page,
    }
}

fn form(page: Page, lang: Lang, shop: &str) -> Page {
    let words = Words::of(lang);
    let (_, promotion) = words_of(lang, shop);
    page.form(
        "join",
        &[
            Field { name: "mail", kind: "email", label: words.address, required: true },
            Field { name: "name", kind: "text", label: words.name, required: false },
            Field { name: "promotion", kind: "checkbox", label: &promotion, required: false },
        ],
        words.button,
    )
}

struct Words {
    title: &'static str,
    ask: &'static str,
    address: &'static str,
    name: &'static str,
    promotion: &'static str,
    button: &'static str,
    asked_title: &'static str,
    asked: &'static str,
    asked_more: &'static str,
    press: &'static str,
    press_button: &'static str,
    joined_title: &'static str,
    with_promotion: &'static str,
    without_promotion: &'static str,
    before: &'static str,
    refused_title: &'static str,
    damaged: &'static str,
    expired: &'static str,
    no_address: &'static str,
    foreign: &'static str,
    no_mail: &'static str,
    no_shop: &'static str,
    too_many: &'static str,
    later: &'static str,
}

const EN: Words = Words {
    title: "Become a member",
    ask: "By joining you let {shop} store your mail address, and your name if you give it, encrypted, until you ask to \
          be forgotten. You can see everything that is stored, and have it deleted, at any time.",
    address: "Mail address",
    name: "Name (you need not say)",
    promotion: "Yes, {shop} may send me advertising by mail. Each of these mails has a link to end it.",
    button: "Join",
    asked_title: "Look into your mailbox",
    asked: "A mail with a link is on its way. Nothing is done until you open that link and press its button. It works \
            for 7 days.",
    asked_more: "Nothing there? Look where your mail program puts spam, and whether you typed the address right.",
    press: "Press the button to become a member of {shop}, as you asked.",
    press_button: "Become a member",
    joined_title: "Welcome",
    with_promotion: "You are a member of {shop} now, and get its advertising by mail, as you ticked. Each of these mails \
                     has a link to end it.",
    without_promotion: "You are a member of {shop} now. You get no advertising by mail, unless you asked for it before.",
    before: "This link was used already, so nothing was changed.",
    refused_title: "Not joined",
    damaged: "This link is damaged. Copy it whole from the mail, or ask for another.",
    expired: "This link is over 7 days old. Ask for another.",
    no_address: "That is no mail address, or the name is too long. Look at it once more.",
    foreign: "A page of another site sent you here, so nothing was done. To join, fill in this form.",
    no_mail: "This server sends no mail, so nobody can join here. Its operator can change that (ch-serve --via).",
    no_shop: "There is nothing to join here.",
    too_many: "Too much was asked for from here. Try again in a few minutes.",
    later: "The server cannot do this now. Try again in a minute.",
};

const KO: Words = Words {
    title: "회원 가입",
    ask: "가입하면 {shop}에서 메일 주소와 (적으신 경우) 이름을 암호화하여, 삭제를 요청하실 때까지 보관하는 데 동의하게 됩니다. \
          보관된 내용은 언제든 확인하고 삭제하실 수 있습니다.",
    address: "메일 주소",
    name: "이름 (선택)",
    promotion: "(선택) {shop}의 광고 메일 수신에 동의합니다. 모든 광고 메일에는 수신 거부 링크가 있습니다.",
    button: "가입",
    asked_title: "메일함을 확인하세요",
    asked: "링크가 든 메일을 보냈습니다. 링크를 열어 버튼을 누르셔야 가입됩니다. 링크는 7일 동안 쓸 수 있습니다.",
    asked_more: "메일이 오지 않으면 스팸함을 살펴보고, 주소를 바르게 적었는지 확인하세요.",
    press: "요청하신 대로 {shop}의 회원이 되려면 버튼을 누르세요.",
    press_button: "회원 가입",
    joined_title: "환영합니다",
    with_promotion: "{shop}의 회원이 되었습니다. 동의하신 대로 광고 메일을 보내 드립니다. 모든 광고 메일에는 수신 거부 링크가 있습니다.",
    without_promotion: "{shop}의 회원이 되었습니다. 전에 동의하신 적이 없으면 광고 메일은 가지 않습니다.",
    before: "이미 쓴 링크이므로 바뀐 것이 없습니다.",
    refused_title: "가입되지 않았습니다",
    damaged: "링크가 손상되었습니다. 메일에서 링크 전체를 복사하거나 새로 요청하세요.",
    expired: "7일이 지난 링크입니다. 새로 요청하세요.",
    no_address: "메일 주소가 아니거나 이름이 너무 깁니다. 다시 확인하세요.",
    foreign: "다른 사이트의 페이지가 보낸 요청이라 아무것도 하지 않았습니다. 가입하려면 이 양식을 쓰세요.",
    no_mail: "이 서버는 메일을 보내지 않아 가입할 수 없습니다. 운영자가 바꿀 수 있습니다(ch-serve --via).",
    no_shop: "여기에는 가입할 곳이 없습니다.",
    too_many: "여기서 요청이 너무 많았습니다. 몇 분 뒤에 다시 시도하세요.",
    later: "지금은 서버가 처리할 수 없습니다. 잠시 후 다시 시도하세요.",
};

impl Words {
    fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &EN,
            Lang::Ko => &KO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_ticked_before_somebody_ticks_it() {
        for lang in [Lang::En, Lang::Ko] {
            let html = ask(lang, "shop<b>").html();
            assert!(html.contains("type=\"checkbox\"") && !html.contains("checked"), "{html}");
            assert!(html.contains("shop&lt;b&gt;"), "{html}");
        }
    }
}
