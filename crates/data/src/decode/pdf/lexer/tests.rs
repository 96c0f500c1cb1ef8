#![allow(clippy::unwrap_used)]
use super::*;

fn value(text: &[u8]) -> Option<Object> {
    Lexer::new(text, 0).value()
}

#[test]
fn values_are_read_as_they_are_written() {
    let text = b" % nothing\n<< /A#42 [ 1 -2 .5 7 0 R (a\\(\\101(b)\\\n) <4 1f> true null ] /C << /D /E >> >>";
    let Some(Object::Dictionary(dictionary)) = value(text) else {
        panic!("no dictionary");
    };
    let expected = [
        Object::Integer(1),
        Object::Integer(-2),
        Object::Real(0.5),
        Object::Reference((7, 0)),
        Object::String(b"a(A(b)".to_vec(), StringFormat::Literal),
        Object::String(vec![0x41, 0xf0], StringFormat::Hexadecimal),
        Object::Boolean(true),
        Object::Null,
    ];
    assert_eq!(
        dictionary.get(b"AB").unwrap().as_array().unwrap(),
        &expected
    );
    let inner = dictionary.get(b"C").and_then(Object::as_dict).unwrap();
    assert_eq!(inner.get(b"D").and_then(Object::as_name).unwrap(), b"E");
    let mut lexer = Lexer::new(b"12 0 obj>>", 0);
    assert_eq!(lexer.next(), Some(Token::Value(Object::Integer(12))));
    assert_eq!(lexer.next(), Some(Token::Value(Object::Integer(0))));
    assert_eq!(lexer.next(), Some(Token::Word(b"obj")));
    assert_eq!(lexer.next(), Some(Token::Word(b">>")));
    assert_eq!((lexer.next(), lexer.at()), (None, 10));
}

#[test]
fn what_has_no_end_is_none() {
    for text in [
        &b"["[..],
        b"<< /A",
        b"<< /A 1 endobj",
        b"",
        b"%",
        b"[1 2 stream",
    ] {
        assert_eq!(value(text), None, "{text:?}");
    }
    assert_eq!(value(&b"[".repeat(100_000)), None);
    assert_eq!(
        value(&[&b"["[..], &b"0 ".repeat(MAX_VALUES), b"]"].concat()),
        None
    );
}
