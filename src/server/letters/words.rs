//! The letters' words, in every language we have. `{…}` is filled in by the writer.

use crate::{
    mail::chat_line::Lang,
    wire::{Time, record::Missed},
};

/// One language's words.
pub struct Words {
    pub confirm_subject: &'static str,
    pub confirm: &'static str,
    pub recover_subject: &'static str,
    pub recover: &'static str,
    pub sign_in_subject: &'static str,
    pub sign_in: &'static str,
    pub join_subject: &'static str,
    pub join: &'static str,
    pub taken_subject: &'static str,
    pub taken: &'static str,
    pub notice_subject: &'static str,
    pub line_subject: &'static str,
    pub notice: &'static str,
    pub times: &'static str,
    pub about: &'static str,
    pub line: &'static str,
    pub reply: &'static str,
    /// A moment, as jiff writes times.
    moment: &'static str,
    while_off: &'static str,
    while_unanswered: &'static str,
    while_busy: &'static str,
    knocked: &'static str,
    left_a_line: &'static str,
}

const EN: Words = Words {
    confirm_subject: "Confirm your address for chmail",
    confirm: "The login {login} on {server} was registered with this address.\n\n\
              To confirm that it is yours, open this page and press its button:\n\n{link}\n\n\
              or run:\n\nch-register --confirm '{link}'\n\n\
              This works for 7 days. If it was not you, do nothing: an address that is not confirmed is used for nothing.\n",
    recover_subject: "Your chmail code",
    recover: "Somebody, you we hope, asked for a code that lets a new machine into the login {login} on {server}:\n\n\
              {code}\n\nOn that machine run this and type the code:\n\nch-register {login} --code-file -\n\n\
              It works once, for an hour. If it was not you, do nothing.\n",
    sign_in_subject: "Sign in to chmail",
    sign_in: "Somebody, you we hope, asked to sign a browser in as {login} on {server}.\n\n\
              To do that, open this page in that browser and press its button:\n\n{link}\n\n\
              This works once, for 15 minutes. If it was not you, do nothing: without this mail nobody gets in.\n",
    join_subject: "Confirm that you want to join {server}",
    join: "Somebody, you we hope, asked to become a member of {server} with this address.\n\n\
           To become one, open this page and press its button:\n\n{link}\n\n\
           This works for 7 days. If it was not you, do nothing: what was typed is deleted then, and you get no other mail.\n",
    taken_subject: "Somebody used your address for chmail",
    taken: "The login {login} on {server} was registered with this address, which is confirmed for your login {owner}.\n\n\
            {login} stays unconfirmed, and gets nothing that is meant for you. If it was you: one address is confirmed \
            for one login; delete one of the two with ch-register --delete.\n",
    notice_subject: "{from} called you",
    line_subject: "{from} left you a line",
    notice: "{from} {what} at {at}{times}.\n",
    times: " ({count} times until then)",
    about: "\nIt was about the mail \"{subject}\".\n",
    line: "\nThe line that was left:\n\n{line}\n",
    reply: "\nAnswer this mail, or press the chat button:\n",
    moment: "%H:%M on %-d %B %Y (UTC)",
    while_off: "called you while your computer was off",
    while_unanswered: "called you and got no answer",
    while_busy: "called you while you were busy",
    knocked: "wanted to reach you",
    left_a_line: "left you a line",
};

const KO: Words = Words {
    confirm_subject: "chmail 메일 주소 확인",
    confirm: "{server}에 로그인 {login}이(가) 이 주소로 등록되었습니다.\n\n\
              본인의 주소가 맞으면 이 페이지를 열어 버튼을 누르세요:\n\n{link}\n\n\
              또는 이렇게 실행하세요:\n\nch-register --confirm '{link}'\n\n\
              7일 동안 쓸 수 있습니다. 등록한 적이 없으면 그냥 두세요. 확인되지 않은 주소는 아무 데도 쓰이지 않습니다.\n",
    recover_subject: "chmail 코드",
    recover: "{server}의 로그인 {login}에 새 컴퓨터를 추가할 코드를 요청하셨습니다:\n\n{code}\n\n\
              그 컴퓨터에서 이렇게 실행하고 코드를 입력하세요:\n\nch-register {login} --code-file -\n\n\
              한 시간 동안 한 번만 쓸 수 있습니다. 요청한 적이 없으면 그냥 두세요.\n",
    sign_in_subject: "chmail 로그인",
    sign_in: "{server}에서 {login}(으)로 브라우저 로그인을 요청하셨습니다.\n\n\
              그 브라우저에서 이 페이지를 열어 버튼을 누르세요:\n\n{link}\n\n\
              15분 동안 한 번만 쓸 수 있습니다. 요청한 적이 없으면 그냥 두세요. 이 메일이 없으면 아무도 로그인할 수 없습니다.\n",
    join_subject: "{server} 회원 가입 확인",
    join: "이 주소로 {server} 회원 가입을 요청하셨습니다.\n\n\
           가입하려면 이 페이지를 열어 버튼을 누르세요:\n\n{link}\n\n\
           7일 동안 쓸 수 있습니다. 요청한 적이 없으면 그냥 두세요. 입력된 내용은 그 뒤 삭제되며 다른 메일은 가지 않습니다.\n",
    taken_subject: "누군가 이 주소로 chmail에 등록했습니다",
    taken: "{server}에 로그인 {login}이(가) 이 주소로 등록되었습니다. 이 주소는 이미 로그인 {owner}의 주소로 확인되어 있습니다.\n\n\
            {login}은(는) 확인되지 않은 채로 남고, 받으실 것을 대신 받지 못합니다. 본인이 등록했다면 한 주소는 한 로그인에만 \
            확인되므로 둘 중 하나를 ch-register --delete로 지우세요.\n",
    notice_subject: "{from} 님이 채팅을 걸었습니다",
    line_subject: "{from} 님이 한마디 남겼습니다",
    notice: "{from} 님이 {at}에 {what}{times}.\n",
    times: " (그때까지 {count}번)",
    about: "\n메일 \"{subject}\"에 관한 것입니다.\n",
    line: "\n남긴 말:\n\n{line}\n",
    reply: "\n이 메일에 답장하거나 채팅 버튼을 누르세요:\n",
    moment: "%Y년 %-m월 %-d일 %H:%M(UTC)",
    while_off: "채팅을 걸었으나 컴퓨터가 꺼져 있었습니다",
    while_unanswered: "채팅을 걸었으나 받지 않으셨습니다",
    while_busy: "채팅을 걸었으나 다른 일을 하고 계셨습니다",
    knocked: "연락하고 싶어 합니다",
    left_a_line: "한마디 남겼습니다",
};

impl Words {
    /// The words of a language.
    #[must_use]
    pub fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &EN,
            Lang::Ko => &KO,
        }
    }

    /// When something happened, as people write it. The server knows nobody's time zone, so it names its own.
    #[must_use]
    pub fn moment(&self, at: Time) -> String {
        jiff::Timestamp::from_millisecond(at.0)
            .map_or_else(|_| at.to_string(), |at| at.strftime(self.moment).to_string())
    }

    /// What happened.
    #[must_use]
    pub fn what(&self, reason: Missed) -> &'static str {
        match reason {
            Missed::Off => self.while_off,
            Missed::On | Missed::Expired | Missed::Cancelled | Missed::Other => self.while_unanswered,
            Missed::Busy => self.while_busy,
            Missed::Knock => self.knocked,
            Missed::Line => self.left_a_line,
        }
    }
}

/// What language somebody reads, from the little there is: Hangul in the mail it is about, or an address in Korea.
#[must_use]
pub fn language(address: &str, subject: Option<&str>) -> Lang {
    let hangul =
        |c: char| matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7a3}');
    let domain = address.rsplit('.').next().unwrap_or_default();
    let korean = subject.is_some_and(|subject| subject.contains(hangul))
        || domain.eq_ignore_ascii_case("kr")
        || domain.eq_ignore_ascii_case("xn--3e0b707e");
    if korean { Lang::Ko } else { Lang::En }
}

/// `{name}` in `text` becomes its value. Values are not looked into again, so nobody's text can name another.
#[must_use]
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 128);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_looks_like_a_place_stays_as_it_is() {
        assert_eq!(fill("{a} and {b}.", &[("a", "{b}"), ("b", "x")]), "{b} and x.");
    }

    #[test]
    fn a_moment_is_written_in_words_with_its_zone() {
        let at: Time = "2026-11-29T02:31:11Z".parse().unwrap_or(Time(0));
        assert_eq!(EN.moment(at), "02:31 on 29 November 2026 (UTC)");
        assert_eq!(KO.moment(at), "2026년 11월 29일 02:31(UTC)");
    }

    #[test]
    fn every_place_has_a_name_the_writer_knows() {
        let known = [
            "login", "server", "link", "code", "owner", "from", "what", "at", "times", "count", "subject",
            "line",
        ];
        for words in [&EN, &KO] {
            for text in [
                words.confirm,
                words.recover,
                words.sign_in,
                words.taken,
                words.join_subject,
                words.join,
                words.notice,
                words.notice_subject,
                words.line_subject,
                words.times,
                words.about,
                words.line,
                words.reply,
            ] {
                for place in text.split('{').skip(1) {
                    let name = place.split('}').next().unwrap_or_default();
                    assert!(known.contains(&name), "{name} in {text}");
                }
            }
        }
    }

    #[test]
    fn korean_is_written_to_who_reads_it() {
        assert_eq!(language("a@b.co.kr", None), Lang::Ko);
        assert_eq!(language("a@b.example", Some("새 신발")), Lang::Ko);
        assert_eq!(language("a@b.example", Some("Boots")), Lang::En);
    }
}
