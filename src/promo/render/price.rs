//! A price as people of a place read it: `89,000원`, `₩89,000`, `89,00 €`.

/// What is wrong with a price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPrice {
    /// Not a number.
    #[error("a price is a number without separators: 89000, or 89.00")]
    Number,
    /// Not a code.
    #[error("a currency is three letters (ISO 4217): KRW, EUR, USD, …")]
    Currency,
    /// A code of no currency.
    #[error("{0} is no currency (ISO 4217); KRW, EUR and USD are some")]
    Unknown(String),
    /// More decimals than there are coins for.
    #[error("{0} has {1} decimals")]
    Decimals(String, usize),
}

/// Every currency in use (ISO 4217, list one), without metals and units of account between banks.
const CURRENCIES: &str = "\
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN \
    BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD \
    FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS \
    KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK \
    MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR \
    SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH \
    UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// Digits of a price.
const DIGITS: usize = 12;

/// Decimals of a currency (ISO 4217).
fn decimals(currency: &str) -> usize {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// Whether a price can be written.
///
/// # Errors
/// [`BadPrice`].
pub fn check(number: &str, currency: &str) -> Result<(), BadPrice> {
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(BadPrice::Currency);
    }
    if !CURRENCIES.split(' ').any(|known| known == currency) {
        return Err(BadPrice::Unknown(currency.to_owned()));
    }
    let (whole, rest) = number.split_once('.').unwrap_or((number, "0"));
    let digits =
        |text: &str| (1..=DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(rest) || (whole.len() > 1 && whole.starts_with('0')) {
        return Err(BadPrice::Number);
    }
    let most = decimals(currency);
    if number.contains('.') && rest.len() > most {
        return Err(BadPrice::Decimals(currency.to_owned(), most));
    }
    Ok(())
}

/// How a language writes numbers: between thousands, before decimals, and whether the currency stands behind.
fn habits(language: &str) -> (&'static str, char, bool) {
    match language {
        "de" | "es" | "it" | "pt" | "da" | "el" | "hr" | "id" | "ro" | "sl" | "tr" => (".", ',', true),
        "nl" => (".", ',', false),
        "fr" | "bg" | "cs" | "et" | "fi" | "hu" | "lt" | "lv" | "nb" | "no" | "nn" | "pl" | "ru" | "sk"
        | "sv" | "uk" => ("\u{a0}", ',', true),
        _ => (",", '.', false),
    }
}

/// A price for a locale (BCP 47 or POSIX).
pub(super) fn written(number: &str, currency: &str, locale: &str) -> String {
    let language = locale.split(['-', '_', '.']).next().unwrap_or_default().to_ascii_lowercase();
    let (between, point, behind) = habits(&language);
    let (whole, rest) = number.split_once('.').map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let mut amount = String::with_capacity(number.len() + 8);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            amount.push_str(between);
        }
        amount.push(digit);
    }
    if let Some(rest) = rest {
        amount.push(point);
        amount.push_str(rest);
        (rest.len()..decimals(currency)).for_each(|_| amount.push('0'));
    }
    match (currency, language.as_str()) {
        ("KRW", "ko") => return format!("{amount}원"),
        ("JPY", "ja") => return format!("{amount}円"),
        _ => {}
    }
    match (sign(currency), behind) {
        (Some(sign), true) => format!("{amount}\u{a0}{sign}"),
        (Some(sign), false) => format!("{sign}{amount}"),
        (None, true) => format!("{amount}\u{a0}{currency}"),
        (None, false) => format!("{currency}\u{a0}{amount}"),
    }
}

fn sign(currency: &str) -> Option<&'static str> {
    Some(match currency {
        "KRW" => "₩",
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        "JPY" => "¥",
        "INR" => "₹",
        "VND" => "₫",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_written_as_people_read_it() {
        for (number, currency, locale, due) in [
            ("89000", "KRW", "ko-KR", "89,000원"),
            ("89000", "KRW", "en", "₩89,000"),
            ("89.00", "EUR", "en-IE", "€89.00"),
            ("89", "EUR", "en-IE", "€89"),
            ("1234567.50", "EUR", "de_DE.UTF-8", "1.234.567,50\u{a0}€"),
            ("1234567.5", "USD", "en-US", "$1,234,567.50"),
            ("1234", "EUR", "fr", "1\u{a0}234\u{a0}€"),
            ("900", "CHF", "", "CHF\u{a0}900"),
            ("900", "JPY", "ja", "900円"),
        ] {
            assert_eq!(written(number, currency, locale), due);
        }
    }

    #[test]
    fn what_is_no_price_is_told() {
        for (number, currency) in [
            ("", "KRW"),
            ("89,000", "KRW"),
            ("-1", "KRW"),
            ("089", "KRW"),
            ("89000.5", "KRW"),
            ("1.", "EUR"),
            (".5", "EUR"),
            ("1.234", "EUR"),
            ("1e9", "EUR"),
            ("１", "EUR"),
            ("1234567890123", "EUR"),
            ("1", "won"),
            ("1", "KR"),
            ("1", "KRX"),
            ("1", "ABC"),
        ] {
            assert!(check(number, currency).is_err(), "{number} {currency}");
        }
        assert_eq!(
            (check("0", "KRW"), check("12.345", "KWD"), check("0.5", "EUR")),
            (Ok(()), Ok(()), Ok(()))
        );
    }
}
