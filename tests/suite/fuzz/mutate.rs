//! Damages a text in ways that people, editors and attackers do.
//!
//! Input: a seed and texts. Output: another text, the same for the same seed. Not here: what is done with it.

/// Pieces that YAML, Markdown, templates, markers, JSON and people stumble over.
const PIECES: [&str; 72] = [
    "\t",
    "\n",
    "\r",
    "\r\n",
    "\0",
    "\u{1b}[2J",
    "\u{feff}",
    "\u{200b}",
    "\u{202e}",
    "\u{2028}",
    "é",
    "日",
    " #",
    "#41 ",
    "- ",
    ": ",
    "&a ",
    "*a",
    "!x ",
    "!!binary ",
    "? ",
    "|",
    ">",
    ">-\n",
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    "<<: *a\n",
    "~",
    "null",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "title: ",
    "rule: ",
    "paths: ",
    "tags: ",
    "severity: critical\n",
    "use: ",
    "targets:\n",
    "**/*.{a,b",
    "../",
    "/etc/passwd",
    "`",
    "```\n",
    "~~~",
    "<!-- ",
    " -->",
    "<!-- lessonbook:begin acme 0123456789ab -->\n",
    "<!-- lessonbook:end acme -->\n",
    "lessonbook:end acme",
    "<details>",
    "</div>",
    "> [!NOTE]\n",
    "[1]: x\n",
    "{{ ",
    " }}",
    "{% if x %}",
    "{% endif %}",
    "{% for lesson in lessons %}",
    "{% endfor %}",
    "{{ lesson.rule }}",
    "{# ",
    "\\",
    "\\u",
    "12",
    "99999999999999999999",
    "-1",
    "true",
];

/// A small generator (SplitMix64): the same numbers everywhere for the same seed.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound, 0 for 0.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.number() % u64::try_from(bound.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    pub fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// The text after one to six damages. `others`: texts of the same kind to splice in.
pub fn mutate(random: &mut Random, text: &[u8], others: &[&[u8]]) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for _ in 0..=random.below(6) {
        damage(random, &mut bytes, others);
    }
    // Room for one lesson a hundred times over; what is larger is another test's.
    bytes.truncate(40_000);
    bytes
}

fn damage(random: &mut Random, bytes: &mut Vec<u8>, others: &[&[u8]]) {
    let at = random.below(bytes.len() + 1);
    let end = (at + 1 + random.below(40)).min(bytes.len());
    match random.below(12) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        1 => bytes.truncate(at),
        2 => drop(bytes.drain(at..end)),
        3 => {
            let copy = bytes[at..end].to_vec();
            let to = random.below(bytes.len() + 1);
            bytes.splice(to..to, copy);
        }
        4 => {
            // The same again and again: nesting, long lines, many items.
            let copy = if random.below(2) == 0 {
                random.of(&PIECES).as_bytes().to_vec()
            } else {
                bytes[at..end].to_vec()
            };
            let times = *random.of(&[3, 40, 600, 5_000]);
            let many: Vec<u8> = copy
                .iter()
                .copied()
                .cycle()
                .take(copy.len() * times)
                .take(30_000)
                .collect();
            bytes.splice(at..at, many);
        }
        5 => {
            let other = *random.of::<&[u8]>(others);
            let from = random.below(other.len() + 1);
            let to = (from + random.below(200)).min(other.len());
            bytes.splice(at..end, other[from..to].iter().copied());
        }
        6 => {
            // Two lines change places.
            let mut lines: Vec<Vec<u8>> = bytes
                .split_inclusive(|byte| *byte == b'\n')
                .map(<[u8]>::to_vec)
                .collect();
            if !lines.is_empty() {
                let (a, b) = (random.below(lines.len()), random.below(lines.len()));
                lines.swap(a, b);
                *bytes = lines.concat();
            }
        }
        7 => bytes.splice(at..at, [b' '; 3]).for_each(drop),
        _ => {
            let piece = random.of(&PIECES).as_bytes();
            let to = if random.below(2) == 0 { at } else { end };
            bytes.splice(at..to, piece.iter().copied());
        }
    }
}
