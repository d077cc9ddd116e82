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
    /// Every line that it has said.
    pub(crate) said: Receiver<String>,
}

impl Server {
    /// Starts the built program and reads its address from its log.
    pub(crate) fn start(command: &Command) -> Self {
        let mut child = command.prepare(&["serve"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (says, said) = channel();
        let address = loop {
            let line = lines.next().expect("a server that starts").unwrap();
            says.send(line.clone()).unwrap();
            if let Some(address) = address_in(&line) {
                break address;
            }
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
        Self { child, address, log, said }
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
    if !line.contains("callpane serves") {
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
