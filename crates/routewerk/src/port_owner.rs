//! Which process listens on a port, as far as the system lets us see (Linux: `/proc`).

use std::collections::HashSet;
use std::fs;

/// The state LISTEN in `/proc/net/tcp`.
const LISTEN: &str = "0A";

/// The id of a process that listens on a port; `None` if it cannot be seen.
pub(crate) fn process_on(port: u16) -> Option<u32> {
    let sockets: HashSet<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| listening_sockets(&table, port))
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    if sockets.is_empty() {
        return None;
    }
    let processes = fs::read_dir("/proc").ok()?;
    processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok()).find(|process| {
        let Ok(descriptors) = fs::read_dir(format!("/proc/{process}/fd")) else { return false };
        descriptors
            .filter_map(|descriptor| fs::read_link(descriptor.ok()?.path()).ok())
            .any(|target| target.to_str().is_some_and(|target| sockets.contains(target)))
    })
}

/// The inodes of the sockets that listen on a port, from the text of `/proc/net/tcp`.
fn listening_sockets(table: &str, port: u16) -> Vec<String> {
    let wanted = format!("{port:04X}");
    let inode = |line: &str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let (local, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
        (local.rsplit(':').next()? == wanted && *state == LISTEN).then(|| (*inode).to_owned())
    };
    table.lines().skip(1).filter_map(inode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listening_sockets_are_told_from_connections() {
        let table = "  sl  local_address rem_address   st tx rx tr tm retrnsmt   uid  timeout inode\n\
            0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0 0 4711 1 0 100\n\
            1: 0100007F:0BB8 0100007F:9999 01 00000000:00000000 00:00000000 00000000  0 0 4712 1 0 100\n\
            2: 0100007F:0BB9 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0 0 4713 1 0 100\n";
        assert_eq!(listening_sockets(table, 3000), ["4711"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_found_on_its_own_port() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(process_on(listener.local_addr().unwrap().port()), Some(std::process::id()));
    }
}
