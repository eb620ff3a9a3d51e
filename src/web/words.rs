//! The pages' words, in every language we have.

/// A page's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Korean.
    Ko,
}

impl Lang {
    /// The first of `Accept-Language` (RFC 9110 §12.5.4) that we have, in the order given: browsers list the
    /// preferred one first.
    #[must_use]
    pub fn accepted(field: &str) -> Self {
        let known = |range: &str| match range.split([';', '-']).next()?.trim().to_ascii_lowercase().as_str() {
            "en" => Some(Self::En),
            "ko" => Some(Self::Ko),
            _ => None,
        };
        field.split(',').find_map(known).unwrap_or_default()
    }

    /// The other one, and its own name for itself.
    #[must_use]
    pub fn other(self) -> (Self, &'static str) {
        match self {
            Self::En => (Self::Ko, "한국어"),
            Self::Ko => (Self::En, "English"),
        }
    }

    /// BCP 47.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }
}

/// Why a confirmation did not go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The link is damaged or forged.
    Damaged,
    /// Its time is over.
    Expired,
    /// The address is confirmed for another login.
    Taken,
    /// The login is gone.
    Gone,
    /// The server cannot do it now.
    Later,
}

/// One language's words.
pub struct Words {
    pub front_title: &'static str,
    pub front: &'static str,
    pub nowhere_title: &'static str,
    pub nowhere: &'static str,
    pub nowhere_more: &'static str,
    pub chat_title: &'static str,
    /// Until the script has looked.
    pub chat_wait: &'static str,
    /// When it takes long.
    pub chat_late: &'static str,
    /// Without a script.
    pub chat_plain: &'static str,
    pub chat_by_mail: &'static str,
    pub stored: &'static str,
    /// `{days}`: how long.
    pub stored_lines: &'static str,
    pub stored_none: &'static str,
    pub a_year: &'static str,
    /// `{count}` of them.
    pub days: &'static str,
    pub confirm_title: &'static str,
    pub confirm: &'static str,
    pub confirm_button: &'static str,
    pub confirmed_title: &'static str,
    pub confirmed: &'static str,
    pub trouble_title: &'static str,
    damaged: &'static str,
    expired: &'static str,
    taken: &'static str,
    gone: &'static str,
    later: &'static str,
}

const EN: Words = Words {
    front_title: "chmail",
    front: "This is a CH server: it lets the people who use it be called from the mails they send. \
            Somebody sent you a mail with a chat link? Open that link.",
    nowhere_title: "Nothing is here",
    nowhere: "This address leads nowhere. If it came in a mail, open the link from there, or copy it whole.",
    nowhere_more: "You can also simply answer the mail.",
    chat_title: "Chat",
    chat_wait: "Looking at your chat button…",
    chat_late: "This takes long. If nothing happens, load the page again, or answer the mail.",
    chat_plain: "The chat needs JavaScript. Without it, copy the page's whole address, from http to its \
                 end, in the place of LINK:",
    chat_by_mail: "Simply answer the mail: that always works.",
    stored: "What is stored",
    stored_lines: "The server keeps what you two write for {days} after the last line, encrypted on its disk; then it is deleted.",
    stored_none: "This page sets no cookie, and nobody else is asked or told.",
    a_year: "one year",
    days: "{count} days",
    confirm_title: "Confirm your address",
    confirm: "Press the button to confirm that this mail address is yours.",
    confirm_button: "Confirm",
    confirmed_title: "Confirmed",
    confirmed: "The address of LOGIN is confirmed. You can close this page.",
    trouble_title: "Not confirmed",
    damaged: "This link is damaged. Copy it whole from the mail.",
    expired: "This link has expired. Ask for another: ch-register --confirm-again",
    taken: "This address is confirmed for another login.",
    gone: "The login that this link is for is gone.",
    later: "The server cannot do this now. Try again in a minute.",
};

const KO: Words = Words {
    front_title: "chmail",
    front: "여기는 CH 서버입니다. 이 서버를 쓰는 사람이 보낸 메일에서 바로 채팅을 걸 수 있게 해 줍니다. \
            채팅 링크가 든 메일을 받으셨다면 그 링크를 여세요.",
    nowhere_title: "여기에는 아무것도 없습니다",
    nowhere: "이 주소로는 갈 수 있는 곳이 없습니다. 메일에서 받은 링크라면 메일에서 바로 여시거나 전체를 복사하세요.",
    nowhere_more: "메일로 답장하셔도 됩니다.",
    chat_title: "채팅",
    chat_wait: "채팅 버튼을 확인하고 있습니다…",
    chat_late: "시간이 걸리고 있습니다. 계속 이대로면 페이지를 새로 고치거나 메일로 답장하세요.",
    chat_plain: "채팅을 하려면 자바스크립트가 필요합니다. 쓸 수 없다면 이 페이지의 주소를 처음부터 끝까지 복사해 \
                 LINK 자리에 넣으세요.",
    chat_by_mail: "메일로 답장하시면 됩니다. 답장은 언제든 됩니다.",
    stored: "무엇이 저장되나요",
    stored_lines: "두 분이 쓰신 글은 서버에 암호화되어 저장되며, 마지막 글로부터 {days} 뒤에 삭제됩니다.",
    stored_none: "이 페이지는 쿠키를 쓰지 않으며, 다른 곳에 묻거나 알리지 않습니다.",
    a_year: "1년",
    days: "{count}일",
    confirm_title: "메일 주소 확인",
    confirm: "이 메일 주소가 본인의 것이 맞으면 버튼을 누르세요.",
    confirm_button: "확인",
    confirmed_title: "확인되었습니다",
    confirmed: "LOGIN의 메일 주소가 확인되었습니다. 이 페이지를 닫아도 됩니다.",
    trouble_title: "확인되지 않았습니다",
    damaged: "링크가 손상되었습니다. 메일에서 링크 전체를 복사하세요.",
    expired: "링크의 기한이 지났습니다. 새로 요청하세요: ch-register --confirm-again",
    taken: "이 주소는 이미 다른 로그인의 주소로 확인되었습니다.",
    gone: "이 링크의 로그인은 더 이상 없습니다.",
    later: "지금은 서버가 처리할 수 없습니다. 잠시 후 다시 시도하세요.",
};

impl Words {
    pub fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &EN,
            Lang::Ko => &KO,
        }
    }

    pub fn trouble(&self, trouble: Trouble) -> &'static str {
        match trouble {
            Trouble::Damaged => self.damaged,
            Trouble::Expired => self.expired,
            Trouble::Taken => self.taken,
            Trouble::Gone => self.gone,
            Trouble::Later => self.later,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_script_says_again_it_says_in_the_same_words() {
        let scripts = [include_str!("script/words-en.js"), include_str!("script/words-ko.js")];
        for (words, script) in [&EN, &KO].into_iter().zip(scripts) {
            for said in [
                words.chat_wait,
                words.stored,
                words.stored_lines,
                words.stored_none,
                words.a_year,
                words.days,
            ] {
                assert!(script.contains(said), "{said}");
            }
        }
    }

    #[test]
    fn the_first_language_we_have_is_taken() {
        assert_eq!(Lang::accepted("ko-KR,ko;q=0.9,en-US;q=0.8"), Lang::Ko);
        assert_eq!(Lang::accepted("fr, en;q=0.5, ko;q=0.4"), Lang::En);
        assert_eq!(Lang::accepted("fr"), Lang::En);
        assert_eq!(Lang::accepted(""), Lang::En);
    }
}
