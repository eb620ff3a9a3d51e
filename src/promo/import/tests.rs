//! Lists as people write them, and as nobody should.

#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;
use crate::wire::promotion::PROMOTION;

fn rows(input: &[u8]) -> Vec<Row> {
    let mut rows = Vec::new();
    read::<BadList>(input, Form::default(), Some("paper"), &mut |row| {
        rows.push(row);
        Ok(())
    })
    .unwrap();
    rows
}

fn first(input: &[u8]) -> MemberPut {
    rows(input).remove(0).1.unwrap()
}

#[test]
fn a_list_is_read_however_a_spreadsheet_wrote_it() {
    let csv = "mail,name,tags,locale,time_zone,consent\nbob@example.org,밥,running;city:Seoul,ko-KR,Asia/Seoul,promotion\n";
    let put = first(csv.as_bytes());
    assert_eq!((put.name.as_deref(), put.tags.len()), (Some("밥"), 2));
    assert_eq!((put.consent, put.proof.as_deref()), (vec![PROMOTION.to_owned()], Some("paper")));
    let mut bom = b"\xef\xbb\xbf".to_vec();
    bom.extend_from_slice(csv.as_bytes());
    assert_eq!(first(&bom).name.as_deref(), Some("밥"));
    let (cp949, ..) = EUC_KR.encode(csv);
    assert_eq!(first(&cp949).name.as_deref(), Some("밥"));
    assert_eq!(
        first(b"Email\tName\r\nbob@example.org\t\"B, \"\"ob\"\"\"\r\n").name.as_deref(),
        Some("B, \"ob\"")
    );
    assert_eq!(first(b"mail;name\nbob@example.org;Bob\n").name.as_deref(), Some("Bob"));
    let json = first(b"{\"mail\":\"bob@example.org\",\"tags\":[\"a\"],\"consent\":[\"yes\"]}\n");
    assert_eq!((json.tags.len(), json.consent), (1, vec![PROMOTION.to_owned()]));
}

#[test]
fn a_bad_row_is_told_with_its_line_and_the_rest_goes_on() {
    let csv = "mail,name\na@example.org,A\n,B\n\"c@example.org\",\"two\nlines\"\nd@example.org,D,more\ne@example.org,E\n";
    let told: Vec<(u64, bool)> =
        rows(csv.as_bytes()).into_iter().map(|(line, row)| (line, row.is_ok())).collect();
    assert_eq!(told, [(2, true), (3, false), (4, false), (6, false), (7, true)]);
}

#[test]
fn no_row_vanishes_in_a_quote_that_somebody_forgot() {
    let csv = "mail,name\n\na@example.org,\"A\nb@example.org,\"B\n\nc@example.org,C\r\nd@example.org,\"D\ne@example.org,E\n";
    let told: Vec<String> = rows(csv.as_bytes())
        .into_iter()
        .map(|(line, row)| format!("{line} {}", row.map_or_else(|why| why, |put| put.mail)))
        .collect();
    let open = "it is one row: a quote is open";
    assert_eq!(
        told,
        [format!("3 up to line 4 {open}"), "6 c@example.org".to_owned(), format!("7 up to line 8 {open}")]
    );
    // However long it is; and what a member wrote between quotes is no row.
    let mut long = "mail,name\na@example.org,\"A\n".to_owned() + &"x@example.org,X\n".repeat(20_000);
    long += "\"\nb@example.org,B\n";
    let told = rows(long.as_bytes());
    assert_eq!((told.len(), told[0].0, told[1].0), (2, 2, 20_004));
    assert!(told[0].1.as_ref().unwrap_err().starts_with("up to line 20003"), "{:?}", told[0]);
}

#[test]
fn a_list_that_begins_in_ascii_may_go_on_in_cp949() {
    let csv = "mail,name\n".to_owned() + &"a@example.org,A\n".repeat(10_000) + "b@example.org,밥\n";
    let (cp949, ..) = EUC_KR.encode(&csv);
    assert_eq!(rows(&cp949).pop().unwrap().1.unwrap().name.as_deref(), Some("밥"));
    assert_eq!(rows(csv.as_bytes()).pop().unwrap().1.unwrap().name.as_deref(), Some("밥"));
}

#[test]
fn a_no_in_the_list_is_a_no() {
    let put = first("mail,consent\na@example.org,no\n".as_bytes());
    assert_eq!((put.consent.len(), put.withdraw), (0, vec![PROMOTION.to_owned()]));
    assert!(rows("mail,consent\na@example.org,no;promotion\n".as_bytes())[0].1.is_err());
    assert!(rows(b"{\"mail\":\"a@example.org\",\"consents\":[\"yes\"]}")[0].1.is_err());
    let record = br#"{"v":1,"type":"member","member":7,"mail":"a@example.org","name":null,"tags":["x"],"suppressed":false}"#;
    assert_eq!(first(record).tags, ["x"]);
}

#[test]
fn a_consent_cell_says_yes_no_or_what_for_and_nothing_else() {
    let of = |cell: &str| rows(format!("mail,consent\na@example.org,{cell}\n").as_bytes()).remove(0).1;
    for yes in ["o", "O", "Y", "true", "1", "동의", "예", "Promotion", "PROMOTION;yes"] {
        let put = of(yes).unwrap();
        assert_eq!((put.consent, put.withdraw.len()), (vec![PROMOTION.to_owned()], 0), "{yes}");
    }
    for no in ["x", "X", "-", "n", "opt-out", "OptOut", "withdrawn", "unsubscribed", "none", "거부", "아니오"]
    {
        let put = of(no).unwrap();
        assert_eq!((put.consent.len(), put.withdraw), (0, vec![PROMOTION.to_owned()]), "{no}");
    }
    assert_eq!(of("News;promotion").unwrap().consent, ["news", "promotion"]);
    for bad in ["?", "v", "✓", "--", "2", "12.03.", "네?!;?", "News;-"] {
        let why = of(bad).unwrap_err();
        assert!(why.contains("consent"), "{bad}: {why}");
    }
    assert_eq!(of("").unwrap().withdraw, [] as [&str; 0]);
}

#[test]
fn a_line_of_json_that_is_wrong_names_one_line() {
    let told = rows(b"{\"mail\":\"a@example.org\"}\n{\"mail\":7}\n").remove(1);
    let why = told.1.unwrap_err();
    assert_eq!(told.0, 2);
    assert!(!why.contains(" line ") && why.contains("expected a string"), "{why}");
}

#[test]
fn what_is_no_list_says_so() {
    let utf16 = b"\xff\xfem\0a\0i\0l\0".as_slice();
    assert!(read::<BadList>(utf16, Form::default(), None, &mut |_| Ok(())).is_err());
    assert!(read::<BadList>(&b"mail,Email\n"[..], Form::default(), None, &mut |_| Ok(())).is_err());
    for text in ["name\nBob\n", "mail,shoe\na@b.example,9\n"] {
        let error = read::<BadList>(text.as_bytes(), Form::default(), None, &mut |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("mail,name,tags"), "{error}");
    }
    for text in ["", "\n \r\n", "\u{feff}"] {
        let error = read::<BadList>(text.as_bytes(), Form::default(), None, &mut |_| Ok(())).unwrap_err();
        assert_eq!(error.to_string(), "it is empty");
    }
    let endless = io::repeat(b'x').take(50 << 20);
    assert!(read::<BadList>(endless, Form::default(), None, &mut |_| Ok(())).is_err());
}

proptest! {
    #[test]
    fn anything_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut all = b"mail,name\n".to_vec();
        all.extend(bytes);
        let _ = read::<BadList>(&all[..], Form::default(), None, &mut |_| Ok(()));
    }
}
