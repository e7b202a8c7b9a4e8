//! Numbers of any type.

/// A number that can be told to a statistic: any integer or float.
pub trait Amount: sealed::Sealed {
    /// As a float of 64 bits; integers are exact up to 2^53.
    fn amount(self) -> f64;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! amounts {
    ($($number:ty)*) => { $(
        impl sealed::Sealed for $number {}
        impl Amount for $number {
            fn amount(self) -> f64 {
                self as f64
            }
        }
    )* };
}

amounts!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64);
