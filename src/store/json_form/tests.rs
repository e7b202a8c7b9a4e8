//! There and back.

use super::*;

fn json(value: &[u8]) -> String {
    let mut out = Vec::new();
    to_json(value, &mut out);
    String::from_utf8(out).unwrap()
}

/// Its JSON, which reads back as the same.
fn round(value: &[u8]) -> String {
    let text = json(value);
    assert_eq!(from_json(&text).as_deref(), Ok(value), "{text}");
    text
}

fn of(value: impl serde::Serialize) -> Vec<u8> {
    msgpack::encode(&value).unwrap()
}

#[test]
fn plain_values_are_plain_json() {
    assert_eq!(round(&of(())), "null");
    assert_eq!(
        round(&of((true, 0, -1, 255, u64::MAX, i64::MIN))),
        "[true,0,-1,255,18446744073709551615,-9223372036854775808]"
    );
    assert_eq!(round(&of((1.0, -0.0, 0.1, 1e300, 5e-324))), "[1.0,-0.0,0.1,1e+300,5e-324]");
    assert_eq!(round(&of("a\"\n\u{1}é\u{1F600}")), "\"a\\\"\\n\\u0001é\u{1F600}\"");
    // Not in the order of the alphabet.
    let map = [vec![0x82], of("b"), of(1), of("a"), vec![0x80]].concat();
    assert_eq!(round(&map), "{\"b\":1,\"a\":{}}");
}

#[test]
fn a_float_of_half_the_width_keeps_its_value() {
    let text = json(&of(0.1f32));
    assert_eq!(from_json(&text), Ok(of(f64::from(0.1f32))));
}

#[test]
fn an_integer_that_does_not_fit_is_refused() {
    for (fits, value) in [
        ("18446744073709551615", of(u64::MAX)),
        ("-9223372036854775808", of(i64::MIN)),
        ("18446744073709551616.0", of(18446744073709551616.0)),
        ("123456789012345678901e3", of(1.234_567_890_123_456_9e23)),
        ("\"\\\"18446744073709551616\"", of("\"18446744073709551616")),
    ] {
        assert_eq!(from_json(fits), Ok(value), "{fits}");
    }
    assert_eq!(
        from_json("{\"é\\\\\":[1,18446744073709551616]}").unwrap_err(),
        "18446744073709551616 is beyond the integers of msgpack (from -9223372036854775808 to 18446744073709551615), at column 12; as a float it is 18446744073709551616.0, as text \"18446744073709551616\""
    );
    assert!(from_json("-9223372036854775809").unwrap_err().starts_with("-9223372036854775809 is"));
}

#[test]
fn what_json_lacks_is_tagged() {
    assert_eq!(round(&[0xc4, 2, 0, 255]), "{\"$bytes\":\"AP8=\"}");
    assert_eq!(round(&[0xa2, b'a', 0xff]), "{\"$text\":\"Yf8=\"}");
    assert_eq!(round(&[0xd4, 0xff, 9]), "{\"$ext\":[-1,\"CQ==\"]}");
    assert_eq!(round(&[0xc7, 3, 5, 1, 2, 3]), "{\"$ext\":[5,\"AQID\"]}");
    assert_eq!(round(&of(f64::NAN)), "{\"$float\":\"NaN\"}");
    assert_eq!(round(&of(f64::NEG_INFINITY)), "{\"$float\":\"-Infinity\"}");
    assert_eq!(
        round(&of(f64::from_bits(0x7ff8_0000_0000_0001))),
        "{\"$float\":\"NaN:7ff8000000000001\"}"
    );
    assert_eq!(round(&[0x81, 0x92, 1, 0xc4, 0, 0xc0]), "{\"$map\":[[[1,{\"$bytes\":\"\"}],null]]}");
    assert_eq!(round(&[0x82, 0xa1, b'a', 1, 0xa1, b'a', 2]), "{\"$map\":[[\"a\",1],[\"a\",2]]}");
    assert_eq!(round(&[0x81, 0xa2, b'$', b'x', 1]), "{\"$map\":[[\"$x\",1]]}");
}

#[test]
fn long_values_keep_their_lengths() {
    for n in [15, 16, 31, 32, 255, 256, 65_535, 65_536] {
        round(&of("x".repeat(n)));
        round(&of(vec![1u8; n]));
        round(&of(serde_bytes(n)));
    }
    for (entries, twice) in [(60, 3), (70, 3), (70, 69)] {
        let mut map = vec![0xde, 0, entries as u8];
        (0..entries).for_each(|n| map.extend([of(format!("k{n}")), of(n)].concat()));
        assert!(round(&map).starts_with("{\"k0\":0,"));
        map[2] += 1;
        map.extend([of(format!("k{twice}")), of("again")].concat());
        assert!(round(&map).starts_with("{\"$map\":["));
    }
    let mut map = vec![0xde, 0x01, 0x00];
    (0..256).for_each(|n| map.extend([of(format!("k{n}")), of(n)].concat()));
    round(&map);
    let mut deep = vec![0x91; 100_000];
    deep.push(0xc0);
    assert!(round(&deep).contains("$msgpack"));
    let mut deep = vec![];
    (0..10_000).for_each(|_| deep.extend([0x81, 1]));
    deep.push(0xc0);
    assert!(round(&deep).contains("$msgpack"));
}

fn serde_bytes(n: usize) -> impl serde::Serialize {
    struct Bytes(usize);
    impl serde::Serialize for Bytes {
        fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
            s.serialize_bytes(&vec![7; self.0])
        }
    }
    Bytes(n)
}

#[test]
fn random_values_come_back() {
    fn value(random: &mut fastrand::Rng, depth: u32, out: &mut Vec<u8>) {
        let n = random.u32(0..4);
        match random.u32(0..if depth > 5 { 7 } else { 10 }) {
            0 => out.push([0xc0, 0xc2, 0xc3][random.usize(0..3)]),
            1 => out.extend(of(random.u64(..) >> random.u32(0..64))),
            2 => out.extend(of(random.i64(..) >> random.u32(0..64))),
            3 => out.extend(of(f64::from_bits(random.u64(..)))),
            4 => out.extend(of(std::iter::repeat_with(|| random.char(..))
                .take(n as usize)
                .collect::<String>())),
            5 => {
                rmp::encode::write_bin(out, &vec![random.u8(..); n as usize]).unwrap();
            }
            6 => {
                rmp::encode::write_ext_meta(out, n, random.i8(..)).unwrap();
                out.extend(vec![random.u8(..); n as usize]);
            }
            7 => {
                rmp::encode::write_array_len(out, n).unwrap();
                (0..n).for_each(|_| value(random, depth + 1, out));
            }
            _ => {
                rmp::encode::write_map_len(out, n).unwrap();
                for _ in 0..n {
                    match random.bool() {
                        true => out.extend(of(["a", "b", "$c", ""][random.usize(0..4)])),
                        false => value(random, depth + 1, out),
                    }
                    value(random, depth + 1, out);
                }
            }
        }
    }
    let mut random = fastrand::Rng::with_seed(11);
    for _ in 0..20_000 {
        let mut bytes = Vec::new();
        value(&mut random, 0, &mut bytes);
        round(&bytes);
    }
}

#[test]
fn wrong_json_says_what_is_wrong() {
    let why = |line| from_json(line).unwrap_err();
    assert_eq!(why("{\"a\":}"), "expected value, at column 6");
    assert!(why("{} {}").starts_with("trailing characters"));
    assert!(why("{\"$bytes\":\"?\"}").starts_with("`$bytes` takes text in base64, not \"?\""));
    assert!(why("{\"$what\":1}").starts_with("`$what` is none of $bytes"));
    assert!(why("{\"$bytes\":\"\",\"a\":1}").starts_with("`$bytes` must be alone"));
    assert!(why("{\"a\":1,\"$bytes\":\"\"}").starts_with("`$bytes` must be alone"));
    assert!(why("{\"$map\":[[1]]}").starts_with("`$map` takes [[key, value], …]"));
}
