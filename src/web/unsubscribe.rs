//! The page behind the unsubscribe link of a promotion's mail. It works without a script.

use super::{Lang, Page};

/// Whom the link is for, as far as the page says it.
#[derive(Debug, Clone, Copy)]
pub struct Whose<'a> {
    /// Their address, most of it hidden: mails are sent on.
    pub address: &'a str,
    /// Who mails: this server's name.
    pub shop: &'a str,
    /// What the page's forms give back.
    pub ticket: &'a str,
}

/// Why nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The link is damaged, forged, or of another button.
    Damaged,
    /// It is too old.
    Expired,
    /// There is no such member any more.
    Gone,
    /// Another site's page sent this browser here.
    Foreign,
    /// Too often from here.
    TooMany,
    /// The server cannot do it now.
    Later,
}

/// What the button of [`ask`] says no to: kept as proof.
#[must_use]
pub fn no(lang: Lang) -> &'static str {
    Words::of(lang).button
}

/// What the button of [`done`] says yes to: kept as proof.
#[must_use]
pub fn yes(lang: Lang) -> &'static str {
    Words::of(lang).back_button
}

/// `GET`, for a member who gets promotion: one button. Looking at it does nothing, so neither does a scanner that
/// follows links.
#[must_use]
pub fn ask(lang: Lang, whose: Whose<'_>) -> Page {
    let words = Words::of(lang);
    Page::new(lang, words.title)
        .below()
        .switch("")
        .paragraph(&filled(words.ask, whose))
        .button(whose.ticket, "say", "no", words.button)
        .paragraph(words.other_mail)
}

/// They get none now, or got none before. Only a press brings it back.
#[must_use]
pub fn done(lang: Lang, whose: Whose<'_>) -> Page {
    let words = Words::of(lang);
    Page::new(lang, words.done_title)
        .below()
        .switch("")
        .paragraph(&filled(words.done, whose))
        .paragraph(words.other_mail)
        .paragraph(words.mistake)
        .choice(whose.ticket, "say", "yes", words.back_button)
}

/// They pressed to get it again. `suppressed`: the shop mails nothing to the address all the same.
#[must_use]
pub fn back(lang: Lang, whose: Whose<'_>, suppressed: bool) -> Page {
    let words = Words::of(lang);
    let page = Page::new(lang, words.back_title).below();
    match suppressed {
        true => page.paragraph(&filled(words.suppressed, whose)),
        false => page.paragraph(&filled(words.back, whose)).choice(whose.ticket, "say", "no", words.button),
    }
}

/// Whoever it was is no member any more: there is nobody to mail.
#[must_use]
pub fn nobody(lang: Lang) -> Page {
    let words = Words::of(lang);
    Page::new(lang, words.done_title).below().paragraph(words.nobody)
}

/// The link of a mail that was sent for a look.
#[must_use]
pub fn tried(lang: Lang) -> Page {
    let words = Words::of(lang);
    Page::new(lang, words.tried_title).below().paragraph(words.tried)
}

/// Nothing was changed, and why.
#[must_use]
pub fn refused(lang: Lang, why: Refusal) -> Page {
    let words = Words::of(lang);
    let (title, text) = match why {
        Refusal::Damaged => (words.refused_title, words.damaged),
        Refusal::Expired => (words.refused_title, words.expired),
        Refusal::Gone => (words.refused_title, words.gone),
        Refusal::Foreign => (words.refused_title, words.foreign),
        Refusal::TooMany => (words.refused_title, words.too_many),
        Refusal::Later => (words.refused_title, words.later),
    };
    Page::new(lang, title).below().paragraph(text)
}

/// Values are put in once; none is looked into again.
fn filled(text: &str, whose: Whose<'_>) -> String {
    let mut parts = text.split("{address}");
    let first = parts.next().unwrap_or_default().replace("{shop}", whose.shop);
    parts.fold(first, |said, part| said + whose.address + &part.replace("{shop}", whose.shop))
}

struct Words {
    title: &'static str,
    ask: &'static str,
    button: &'static str,
    other_mail: &'static str,
    done_title: &'static str,
    done: &'static str,
    mistake: &'static str,
    back_button: &'static str,
    back_title: &'static str,
    back: &'static str,
    suppressed: &'static str,
    nobody: &'static str,
    tried_title: &'static str,
    tried: &'static str,
    refused_title: &'static str,
    damaged: &'static str,
    expired: &'static str,
    gone: &'static str,
    foreign: &'static str,
    too_many: &'static str,
    later: &'static str,
}

const EN: Words = Words {
    title: "No more advertising mail",
    ask: "Press the button, and {address} gets no more advertising mail from {shop}.",
    button: "Unsubscribe",
    other_mail: "Answers to what you ask, and mail that somebody writes to you personally, still arrive.",
    done_title: "Unsubscribed",
    done: "{address} gets no more advertising mail from {shop}. That counts at once; only a mail that was already on \
           its way may still arrive.",
    mistake: "Was it a mistake? Nothing changes unless you press this:",
    back_button: "Get advertising mail again",
    back_title: "You get advertising mail again",
    back: "{address} gets advertising mail from {shop} again, because you pressed the button just now. Every such mail \
           has a link like this one to end it.",
    suppressed: "Your yes was noted, but {shop} mails no advertising to {address}, because somebody asked for that. \
                 Answer one of its mails to change it.",
    nobody: "Nothing is stored for this link any more, so nobody is sent advertising mail by it.",
    tried_title: "This was a test",
    tried: "This link is from a test mail: nothing changes. In a member's mail it ends advertising mail to them.",
    refused_title: "Nothing was changed",
    damaged: "This link is damaged, or it is not an unsubscribe link. Copy it whole from the mail, or answer the mail \
              and write that you want no more.",
    expired: "This link is over two years old. Use the one in a newer mail, or answer the mail and write that you want \
              no more.",
    gone: "Nothing is stored for this link any more. To get advertising mail again, join anew.",
    foreign: "A page of another site sent you here, so nothing was done. Open the link from your mail.",
    too_many: "Too much was asked for from here. Try again in a few minutes.",
    later: "The server cannot do this now. Try again in a minute.",
};

const KO: Words = Words {
    title: "광고 메일 그만 받기",
    ask: "버튼을 누르면 {address} 주소로 {shop}의 광고 메일이 더 이상 가지 않습니다.",
    button: "수신 거부",
    other_mail: "문의에 대한 답장이나 담당자가 직접 쓴 메일은 계속 받으실 수 있습니다.",
    done_title: "수신 거부되었습니다",
    done: "이제 {address} 주소로 {shop}의 광고 메일이 가지 않습니다. 바로 적용되지만, 이미 발송된 메일은 도착할 수 있습니다.",
    mistake: "잘못 누르셨나요? 아래 버튼을 누르지 않으면 아무것도 바뀌지 않습니다.",
    back_button: "광고 메일 다시 받기",
    back_title: "광고 메일을 다시 받습니다",
    back: "방금 버튼을 누르셨으므로 {address} 주소로 {shop}의 광고 메일을 다시 보내 드립니다. 모든 광고 메일에는 이런 수신 거부 \
           링크가 있습니다.",
    suppressed: "동의하신 것은 기록했지만, 요청에 따라 {shop}에서는 {address} 주소로 광고 메일을 보내지 않고 있습니다. \
                 바꾸려면 받으신 메일에 답장하세요.",
    nobody: "이 링크로 저장된 정보가 더 이상 없으므로 광고 메일이 가지 않습니다.",
    tried_title: "시험 메일입니다",
    tried: "시험 메일에 있는 링크라서 바뀐 것이 없습니다. 회원에게 가는 메일에서는 이 링크로 광고 메일을 그만 받을 수 있습니다.",
    refused_title: "바뀐 것이 없습니다",
    damaged: "링크가 손상되었거나 수신 거부 링크가 아닙니다. 메일에서 링크 전체를 복사하거나, 메일에 답장하여 받지 않겠다고 적어 주세요.",
    expired: "2년이 지난 링크입니다. 더 최근 메일의 링크를 쓰거나, 메일에 답장하여 받지 않겠다고 적어 주세요.",
    gone: "이 링크로 저장된 정보가 더 이상 없습니다. 광고 메일을 다시 받으려면 새로 가입하세요.",
    foreign: "다른 사이트의 페이지가 보낸 요청이라 아무것도 하지 않았습니다. 메일에 있는 링크를 여세요.",
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
    fn a_value_that_looks_like_a_place_stays_as_it_is() {
        let whose = Whose { address: "{shop}<b>", shop: "S", ticket: "T" };
        let html = ask(Lang::En, whose).html();
        assert!(html.contains("{shop}&lt;b&gt; gets no more advertising mail from S."), "{html}");
        assert!(html.contains("action=\"T?lang="), "{html}");
    }
}
