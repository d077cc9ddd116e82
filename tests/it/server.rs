//! The built program as a server in a process of its own, which can be killed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use crate::checks::Command;
use crate::harness::PATIENCE;

/// A running server; it dies with the test.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    /// What it has logged since its address.
    pub(crate) log: Receiver<Value>,
    /// And before.
    pub(crate) before: Vec<Value>,
    /// Every line that it has said.
    pub(crate) said: Receiver<String>,
}

impl Server {
    /// Starts the built program and reads its address from its log.
    pub(crate) fn start(command: &Command) -> Self {
        Self::run(command.prepare(&["serve"]))
    }

    /// The same, in surroundings of its own.
    pub(crate) fn run(mut process: std::process::Command) -> Self {
        let mut child = process.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut before = Vec::new();
        let (says, said) = channel();
        let address = loop {
            let line = lines.next().expect("a server that starts").unwrap();
            says.send(line.clone()).unwrap();
            if let Some(address) = address_in(&line) {
                break address;
            }
            before.extend(serde_json::from_str::<Value>(&line).ok());
        };
        let (logs, log) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Ok(entry) = serde_json::from_str(&line) {
                    drop(logs.send(entry));
                }
                drop(says.send(line));
            }
        });
        Self { child, address, log, before, said }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGTERM: as the service manager stops it.
    pub(crate) fn terminate(&self) {
        let id = self.id().to_string();
        assert!(
            std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success()
        );
    }

    /// Waits until it has logged this.
    pub(crate) fn has_logged(&self, message: &str) {
        while self.log.recv_timeout(PATIENCE).expect(message)["message"] != message {}
    }

    /// Waits until it has ended; answers the errors in those lines of its log that nobody has read yet.
    pub(crate) fn errors(&self) -> Vec<Value> {
        self.log.iter().filter(|entry| entry["level"] == "ERROR").collect()
    }

    /// Waits until it has ended by itself; answers whether it was content.
    pub(crate) fn ends(&mut self) -> bool {
        self.child.wait().unwrap().success()
    }

    /// How much memory it has, in MiB.
    pub(crate) fn resident(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap() / 1024
    }

    /// SIGKILL: no last words, no flush.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Where it listens, if this line of its log says so, in either format.
fn address_in(line: &str) -> Option<String> {
    if !line.contains("callpane started") {
        return None;
    }
    if let Ok(entry) = serde_json::from_str::<Value>(line) {
        return entry["address"].as_str().map(str::to_owned);
    }
    Some(line.split_once("address=")?.1.split(' ').next()?.to_owned())
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
