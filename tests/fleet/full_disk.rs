//! A server whose disk is full: a real one, of four megabytes.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::consumer::Process;
use crate::process::Started;
use crate::server::{Scratch, program, until};

/// A server in a mount namespace of its own, whose store is a file system of four megabytes;
/// killed, it starts again. All of it ends with the test.
struct SmallDisk {
    holder: Child,
    url: String,
    scratch: Scratch,
}

impl SmallDisk {
    /// None where nothing may be mounted, as in many containers; `tests/install-tools` says so.
    fn start() -> Option<Self> {
        let tried = "mount -t tmpfs -o size=4m tmpfs /mnt";
        let tried = ["--map-root-user", "--mount", "sh", "-c", tried];
        let tried = Command::new("unshare").args(tried).output().expect("there is unshare");
        if !tried.status.success() {
            eprintln!("left out: {}", String::from_utf8_lossy(&tried.stderr));
            return None;
        }
        let scratch = Scratch::new("small-disk");
        let dir = scratch.0.display().to_string();
        let config = |port: &str| {
            format!(
                "listen: \"127.0.0.1:{port}\"\nserver_name: test\nlog_file: \"{dir}/log\"\njetstream {{ store_dir: \"{dir}/store/js\", max_mem: 64MB, max_file: 1GB }}\n"
            )
        };
        scratch.write("nats.conf", &config("-1"));
        std::fs::create_dir(scratch.0.join("store")).expect("it can be made");
        // The user's own root: nobody has to be one for that.
        let script = format!(
            "mount -t tmpfs -o size=4m tmpfs '{dir}/store' || exit 1\nwhile :; do '{}' --config '{dir}/nats.conf' --ports_file_dir '{dir}' -P '{dir}/pid'; done",
            program().display()
        );
        let holder = Command::new("unshare")
            .args(["--map-root-user", "--mount", "sh", "-c", &script])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("there is unshare");
        let mut disk = Self { holder, url: String::new(), scratch };
        disk.url = until("nats-server", || {
            let ended = disk.holder.try_wait().expect("it is ours");
            assert!(
                ended.is_none(),
                "no file system can be mounted here, which this test needs: {ended:?}"
            );
            let ports = disk.scratch.0.join(format!("nats-server_{}.ports", disk.pid()?));
            let ports: serde_json::Value =
                serde_json::from_slice(&std::fs::read(ports).ok()?).ok()?;
            ports["nats"][0].as_str().map(str::to_owned)
        });
        let port = disk.url.rsplit(':').next().expect("it has a port").to_owned();
        disk.scratch.write("nats.conf", &config(&port));
        Some(disk)
    }

    fn pid(&self) -> Option<i32> {
        std::fs::read_to_string(self.scratch.0.join("pid")).ok()?.trim().parse().ok()
    }

    fn ballast(&self) -> PathBuf {
        let inside = self.scratch.0.join("store/ballast");
        let inside = inside.strip_prefix("/").expect("it is absolute");
        PathBuf::from(format!("/proc/{}/root", self.pid().expect("it runs"))).join(inside)
    }

    /// Takes what room there is.
    fn fill(&self) {
        let mut ballast = std::fs::File::create(self.ballast()).expect("it can be made");
        while ballast.write_all(&[0; 4096]).is_ok() {}
    }

    /// Makes room, and has the server see it: it does not look again by itself.
    fn make_room(&self) {
        std::fs::remove_file(self.ballast()).expect("it is there");
        let pid = self.pid().expect("it runs").to_string();
        let killed = Command::new("kill").args(["-KILL", &pid]).status();
        assert!(killed.expect("there is kill").success());
        until("nats-server again", || self.pid().filter(|now| now.to_string() != pid));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // First the one that would start it again.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
        if let Some(pid) = self.pid() {
            let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        }
    }
}

fn runner(disk: &SmallDisk) -> Started {
    Started::new("fleet", &["runner", "--nats", &disk.url, "--runners", "1"])
}

fn controller(disk: &SmallDisk, scenario: &str, more: &[&str]) -> Started {
    let spec = format!("fleet:{scenario}");
    let words = ["controller", &spec, "--nats", &disk.url, "--json", "run.json"];
    Started::new("fleet", &[&words, more].concat())
}

#[test]
fn records_wait_while_the_disk_is_full_and_none_is_lost_once_there_is_room() {
    let Some(disk) = SmallDisk::start() else { return };
    let runner = runner(&disk);
    let controller =
        controller(&disk, "recorded", &["--runner-timeout", "12s", "--add-to-config", "level:4"]);
    controller.says("00:02 ");
    disk.fill();
    runner.says("the NATS server cannot keep records: ");
    controller.says("nothing new can be granted, since what another controller would have to know");
    disk.make_room();
    controller.says("the NATS server keeps the run again");
    let ran = controller.ended().expect(1).shows("since the NATS server kept nothing of the run: ");
    runner.ended().expect(0).shows("2000 records kept by the NATS server");
    let journeys = &ran.results()["totals"]["journeys"];
    assert_eq!((&journeys["finished"], &journeys["failed"]), (&2_000.into(), &0.into()));
    let mut recorder = Process::start("fleet", &["recorder", "--nats", &disk.url]);
    recorder.says("writing records of run mite");
    until("all of them", || {
        let path = recorder.directory().join("recorder_data/kept.msgpack");
        let length = std::fs::metadata(path).ok()?.len();
        // Numbers up to 127 take a byte, up to 255 two, and more three: each of them once.
        (length == 128 + 2 * 128 + 3 * (2_000 - 256)).then_some(())
    });
    recorder.signal("-TERM");
    recorder.ends_with(0);
}

#[test]
fn records_of_a_run_whose_server_has_no_room_to_the_end_are_counted_as_lost() {
    let Some(disk) = SmallDisk::start() else { return };
    let runner = runner(&disk);
    let options = ["--runner-timeout", "30s", "--duration", "8s", "--graceful-stop", "1s"];
    let options = [&options[..], &["--add-to-config", "level:4"]].concat();
    let controller = controller(&disk, "recorded", &options);
    controller.says("00:02 ");
    disk.fill();
    let ran = controller.ended().expect(4);
    let name = format!("(process {})", runner.id());
    let of_runner = runner.ended().expect(4);
    let lost = "records cannot be written to the NATS server, which did not take them in time; ";
    assert!(of_runner.err.contains(lost), "{}", of_runner.err);
    let reasons = ran.results()["verdict"]["reasons"].clone();
    let told = reasons.as_array().into_iter().flatten();
    let told: Vec<_> = told.filter(|reason| reason["code"] == "records_unwritten").collect();
    let text = told.first().map(|reason| reason["text"].to_string()).unwrap_or_default();
    assert!(text.contains(&name) && text.contains(lost), "{reasons}");
    // Each that a journey has recorded was kept or is told of as lost.
    let words: Vec<u64> = text.split([' ', ';']).filter_map(|word| word.parse().ok()).collect();
    let ended = ran.results()["totals"]["journeys"]["finished"].as_u64().unwrap_or_default();
    let (kept, unkept) = (words[words.len() - 2], words[words.len() - 1]);
    assert!(
        unkept > 0 && kept + unkept >= ended && kept + unkept <= 2_000,
        "{text}: {ended} ended"
    );
}

#[test]
fn load_of_a_controller_whose_state_is_not_kept_stops_and_goes_on_with_the_disk() {
    let Some(disk) = SmallDisk::start() else { return };
    let runner = runner(&disk);
    let options = ["--runner-timeout", "12s", "--add-to-config", "seconds:22"];
    let controller = controller(&disk, "arrivals", &options);
    controller.says("00:02 ");
    disk.fill();
    controller.says("nothing new can be granted, since what another controller would have to know");
    disk.make_room();
    controller.says("the NATS server keeps the run again");
    let ran = controller.ended().expect(1);
    runner.ended().expect(0);
    let results = ran.results();
    let line = &results["lines"][0];
    let of = |value: &serde_json::Value| value.as_u64().unwrap_or(0);
    let dropped = line["dropped"].as_object().expect("it is there");
    // It was told of none meanwhile, and was lost for nobody.
    let for_it = ["unleased", "undelivered", "away"].map(|reason| of(&line["dropped"][reason]));
    let all: u64 = dropped.values().map(of).sum();
    assert_eq!(for_it.iter().sum::<u64>(), all, "{line}");
    assert!((100..1_500).contains(&all), "{line}");
    assert_eq!(of(&line["started"]) + all, 2_200, "{line}");
    assert_eq!(results["totals"]["journeys"]["finished"], line["started"]);
}
