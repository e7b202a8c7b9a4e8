//! The numbers that people write.

/// Any integer or float, where a number of journeys or a time is asked for.
///
/// ```
/// use mite::prelude::*;
/// let users: u64 = 250;
/// let models = [Constant::new(10, secs(60)), Constant::new(2.5, secs(0.5)), Constant::new(users, secs(users))];
/// # assert_eq!(models.len(), 3);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number",
    note = "give an integer or a float, as in `Constant::new(10, secs(60))`"
)]
pub trait Number {
    /// It as a float.
    fn into_f64(self) -> f64;
}

macro_rules! numbers {
    ($($t:ty)*) => { $(
        impl Number for $t {
            fn into_f64(self) -> f64 {
                self as f64
            }
        }
    )* };
}
numbers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize f32 f64);
