//! The built program as a server in a process of its own, which can be killed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use crate::checks::Command;

/// A running server; it dies with the test.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    /// What it has logged since its address.
    pub(crate) log: Receiver<Value>,
    /// And before.
    pub(crate) before: Vec<Value>,
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
        let address = loop {
            let line = lines.next().expect("a server that starts").unwrap();
            let entry: Value = serde_json::from_str(&line).unwrap();
            if let Some(address) = entry["address"].as_str() {
                break address.to_owned();
            }
            before.push(entry);
        };
        let (said, log) = channel();
        std::thread::spawn(move || {
            let entries = lines.map_while(Result::ok);
            let entries = entries.filter_map(|line| serde_json::from_str(&line).ok());
            entries.for_each(|entry| drop(said.send(entry)));
        });
        Self { child, address, log, before }
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
        let within = std::time::Duration::from_secs(15);
        while self.log.recv_timeout(within).expect(message)["message"] != message {}
    }

    /// Waits until it has ended by itself; answers whether it was content.
    pub(crate) fn ends(&mut self) -> bool {
        self.child.wait().unwrap().success()
    }

    /// SIGKILL: no last words, no flush.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
