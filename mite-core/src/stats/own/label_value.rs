//! Values of labels, of any type that has few.

use std::borrow::Cow;

/// What a label may have as its value: text, `true` or `false`, a character, a number.
///
/// ```
/// use mite_core::stats::LabelValue;
/// assert_eq!(true.label_value(), "true");
/// assert_eq!(503_u16.label_value(), "503");
/// assert_eq!("new".label_value(), "new");
/// ```
pub trait LabelValue<'a> {
    /// As text.
    fn label_value(self) -> Cow<'a, str>;
}

impl<'a> LabelValue<'a> for bool {
    fn label_value(self) -> Cow<'a, str> {
        if self { "true".into() } else { "false".into() }
    }
}

macro_rules! texts {
    ($($text:ty)*) => { $(
        impl<'a> LabelValue<'a> for $text {
            fn label_value(self) -> Cow<'a, str> {
                self.into()
            }
        }
    )* };
}
texts!(&'a str String &'a String Cow<'a, str>);

macro_rules! shown {
    ($($shown:ty)*) => { $(
        impl<'a> LabelValue<'a> for $shown {
            fn label_value(self) -> Cow<'a, str> {
                self.to_string().into()
            }
        }
    )* };
}
shown!(char u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64);
