//! What the figures were made on.

use std::{fs, io::Write, path::Path, time::Instant};

use anyhow::Result;

use super::table::{Table, median};

/// Cores, processor, memory, kernel, and how long the disk takes to make something durable.
pub fn table(dir: &Path) -> Result<Table> {
    let cpu = fs::read_to_string("/proc/cpuinfo")?;
    let model =
        cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|(_, m)| m);
    let cores = cpu.lines().filter(|line| line.starts_with("processor")).count();
    let memory = fs::read_to_string("/proc/meminfo")?;
    let kib = memory.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(f64::NAN);
    // What a builder of kernels adds after the number says nothing of speed.
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let kernel = kernel.trim().split('-').next().unwrap_or_default();
    let row = vec![
        format!("{cores} × {}", model.unwrap_or("?").trim()),
        format!("{:.0} GiB", kib / 1024.0 / 1024.0),
        format!("Linux {kernel}"),
        format!("{:.2} ms", durable_write(dir)?),
    ];
    Ok(Table {
        name: "machine",
        columns: &["cores", "memory", "kernel", "4 KiB made durable"],
        rows: vec![row],
    })
}

/// The median of appending 4 KiB and `fdatasync`, in milliseconds.
fn durable_write(dir: &Path) -> Result<f64> {
    let mut file = tempfile::tempfile_in(dir)?;
    let mut took = Vec::new();
    for _ in 0..100 {
        let began = Instant::now();
        file.write_all(&[1; 4096])?;
        file.sync_data()?;
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    Ok(median(took))
}
