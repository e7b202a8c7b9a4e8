#![allow(unused)]

use mite::prelude::*;

struct Mine;

impl VolumeModel for Mine {
    fn volume(&mut self, _: Duration, _: Duration) -> Result<f64, StopVolumeModel> {
        Ok(1.0)
    }
}

fn main() {
    let _ = Scenario::builder().journey("a:b", NoData, "10");
    let _ = Scenario::builder().journey("a:b", NoData, |_: Duration, _: Duration| 10);
    let _ = Constant::new(1, secs(10)) + Mine;
    let _ = Ramp::over(secs(10)) + 10;
    let _ = Constant::new("10", secs(10));
    let _ = Constant::new(10, 60);
}
