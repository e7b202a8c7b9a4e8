//! The records of CSV and the lines on which they are.

use std::io::{self, Read};

use csv_core::{ReadRecordResult, Reader};

/// The byte order mark of UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Reads records, and counts lines as an editor does: each may end in `\n`,
/// `\r\n` or `\r`.
pub(super) struct CsvRecords<R> {
    source: R,
    core: Reader,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    /// The cells of the record, one after the other, and where each ends.
    cells: Vec<u8>,
    ends: Vec<usize>,
    count: usize,
    /// The line of the next byte, and the byte before it.
    line: u64,
    before: u8,
    /// Whether anything was read.
    begun: bool,
    /// Whether the last record is all the rest, in quotes that do not end.
    is_open: bool,
}

impl<R: Read> CsvRecords<R> {
    pub(super) fn new(source: R) -> Self {
        let mut core = Reader::new();
        // It passes over a byte order mark before all else, but only if that comes in one
        // piece. After an empty line it looks for none.
        core.read_record(b"\n", &mut [0], &mut [0]);
        Self {
            source,
            core,
            buffer: vec![0; 1 << 16].into(),
            start: 0,
            end: 0,
            cells: vec![0; 1 << 10],
            ends: vec![0; 1 << 5],
            count: 0,
            line: 1,
            before: 0,
            begun: false,
            is_open: false,
        }
    }

    /// Reads the next record and returns the lines on which it begins and ends;
    /// `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<(u64, u64)>> {
        if self.is_open {
            return Ok(None);
        }
        self.skip_line_ends()?;
        let (first, mut last) = (self.line, self.line);
        let (mut length, mut count) = (0, 0);
        // One more end of a line follows the source: only a quote that is still
        // open lets a record go on after it.
        let mut added: Option<&[u8]> = None;
        loop {
            if added.is_none() && self.start == self.end && self.fill()? == 0 {
                added = Some(b"\n");
            }
            let (result, read, written, ended) = self.core.read_record(
                added.unwrap_or(&self.buffer[self.start..self.end]),
                &mut self.cells[length..],
                &mut self.ends[count..],
            );
            let was_all = added == Some(&[]);
            match &mut added {
                // The added end of a line is on no line.
                Some(rest) => *rest = &rest[read..],
                None => {
                    // What ends the record is on its last line.
                    let ends_line = matches!(result, ReadRecordResult::Record) && read > 0;
                    self.pass(read - usize::from(ends_line));
                    last = last.max(self.line);
                    self.pass(usize::from(ends_line));
                }
            }
            length += written;
            count += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.cells.resize(self.cells.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => {
                    self.count = count;
                    self.is_open = was_all;
                    return Ok(Some((first, last)));
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    /// Whether a quote in the last record is never closed.
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// How many cells the last record has.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The cells of the last record.
    pub(super) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends[..self.count].iter().map(move |&end| {
            let cell = &self.cells[start..end];
            start = end;
            cell
        })
    }

    /// Passes what ended the last record, and empty lines.
    fn skip_line_ends(&mut self) -> io::Result<()> {
        loop {
            if self.start == self.end && self.fill()? == 0 {
                return Ok(());
            }
            if !matches!(self.buffer[self.start], b'\n' | b'\r') {
                return Ok(());
            }
            self.pass(1);
        }
    }

    /// Moves on by some bytes, and counts the lines that end in them.
    fn pass(&mut self, bytes: usize) {
        let passed = &self.buffer[self.start..self.start + bytes];
        self.start += bytes;
        let Some(&last) = passed.last() else { return };
        let feeds = passed.iter().filter(|&&b| b == b'\n').count();
        self.line += feeds as u64;
        if self.before == b'\r' || passed.contains(&b'\r') {
            let returns = passed.iter().filter(|&&b| b == b'\r').count();
            let pairs = passed.windows(2).filter(|pair| pair == b"\r\n").count();
            let torn_pair = self.before == b'\r' && passed[0] == b'\n';
            self.line += (returns - pairs) as u64;
            self.line -= u64::from(torn_pair);
        }
        self.before = last;
    }

    fn fill(&mut self) -> io::Result<usize> {
        (self.start, self.end) = (0, 0);
        if std::mem::replace(&mut self.begun, true) {
            self.read(1)?;
            return Ok(self.end);
        }
        // All of them: files are put together that have one each.
        loop {
            self.read(BYTE_ORDER_MARK.len() + 1)?;
            let pieces = self.buffer[..self.end].chunks(BYTE_ORDER_MARK.len());
            let marks = pieces.take_while(|piece| *piece == BYTE_ORDER_MARK).count();
            if marks == 0 {
                return Ok(self.end);
            }
            let length = marks * BYTE_ORDER_MARK.len();
            self.buffer.copy_within(length..self.end, 0);
            self.end -= length;
        }
    }

    /// Reads until the buffer holds so many bytes, or the source has ended.
    fn read(&mut self, enough: usize) -> io::Result<()> {
        while self.end < enough {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => break,
                Ok(read) => self.end += read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let most = self.1.min(into.len());
            self.0.read(&mut into[..most])
        }
    }

    fn read(text: &str, step: usize) -> Vec<(u64, u64, Vec<String>)> {
        let mut records = CsvRecords::new(Trickle(text.as_bytes(), step));
        let mut all = Vec::new();
        while let Some((first, last)) = records.next().unwrap() {
            let cells = records.cells().map(|c| String::from_utf8(c.to_vec()).unwrap()).collect();
            all.push((first, last, cells));
        }
        all
    }

    #[test]
    fn every_record_knows_its_lines_however_lines_end() {
        let text = "a,b\n\n1,2\n\"x\n\ny\",3\n\n\n4,5\n";
        for step in [1, 2, 3, 1 << 20] {
            for end in ["\n", "\r\n", "\r"] {
                let text = text.replace('\n', end);
                for text in [text.trim_end(), &text] {
                    let cells = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
                    let quoted = "x\n\ny".replace('\n', end);
                    assert_eq!(
                        read(text, step),
                        [
                            (1, 1, cells("a", "b")),
                            (3, 3, cells("1", "2")),
                            (4, 6, cells(&quoted, "3")),
                            (9, 9, cells("4", "5")),
                        ],
                        "{end:?} {step}"
                    );
                }
            }
        }
    }

    #[test]
    fn byte_order_marks_are_passed_over_at_the_start_however_they_are_cut() {
        let row = |a: &str| vec![(1, 1, vec![a.to_owned(), "b".to_owned()])];
        for step in [1, 2, 3, 4, 7, 1 << 20] {
            for marks in [1, 2, 3, 30_000] {
                let text = "\u{feff}".repeat(marks) + "\"a\",b\n";
                assert_eq!(read(&text, step), row("a"), "{marks} {step}");
            }
            assert_eq!(read("\u{feff}\u{feff}", step), [], "{step}");
            // Elsewhere they are content.
            assert_eq!(read("\n\u{feff}a,b", step)[0].2[0], "\u{feff}a", "{step}");
        }
    }

    #[test]
    fn long_and_many_cells_fit() {
        let row = (0..100).map(|n| n.to_string().repeat(100)).collect::<Vec<_>>();
        let text = format!("{}\n", row.join(","));
        assert_eq!(read(&text, 7), [(1, 1, row)]);
        assert_eq!(read("", 1), []);
        assert_eq!(read("\r\n\n", 1), []);
    }

    #[test]
    fn an_open_quote_takes_the_rest_whatever_its_size() {
        for size in [1, 1 << 10, (1 << 10) - 1, (1 << 10) - 2, 1 << 17] {
            let text = format!("1,\"{}", "x\n".repeat(size / 2) + "y");
            let mut records = CsvRecords::new(text.as_bytes());
            let lines = size as u64 / 2 + 1;
            assert_eq!(records.next().unwrap(), Some((1, lines)), "{size}");
            assert_eq!((records.len(), records.is_open()), (2, true), "{size}");
        }
        let cell = "x".repeat((1 << 10) - 1);
        for text in [format!("1,\"{cell}\""), format!("1,{cell}")] {
            assert_eq!(read(&text, 7), [(1, 1, vec!["1".to_owned(), cell.clone()])]);
        }
    }

    #[test]
    fn a_quote_that_stays_open_is_noticed() {
        for (text, open) in [
            ("1,\"2\n3,4\n", true),
            ("1,\"2\r\n", true),
            ("1,\"2\n3\"\n", false),
            ("1,\"2\n3\"", false),
            ("1,\"2\n3,4\n5,6", true),
            ("1,\"2", true),
            ("1,\"", true),
            ("1,\"2\"\"", true),
            ("1,\"2\"\"\"", false),
            ("1,\"\"", false),
            ("1,", false),
            ("1,2", false),
        ] {
            for step in [1, 64] {
                let mut records = CsvRecords::new(Trickle(text.as_bytes(), step));
                records.next().unwrap().unwrap();
                assert_eq!(records.is_open(), open, "{text:?} {step}");
                assert_eq!(records.next().unwrap(), None, "{text:?} {step}");
                assert_eq!(records.next().unwrap(), None, "{text:?} {step}");
            }
        }
    }
}
