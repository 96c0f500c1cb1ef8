//! Writes TIFF files of every depth and layout.

use super::{HEIGHT, WIDTH};
use std::io::Write as _;

/// Tiles are larger than the picture.
const TILE: usize = 16;

/// How a file is written.
#[derive(Clone)]
pub struct File {
    pub is_little: bool,
    pub bits: u16,
    pub format: u16,
    pub num_samples: u16,
    pub photometric: u16,
    pub predictor: u16,
    pub is_deflated: bool,
    pub is_tiled: bool,
    /// Further entries: tag, type, number of values, values.
    pub others: Vec<(u16, u16, u32, Vec<u8>)>,
}

pub const PLAIN: File = File {
    is_little: true,
    bits: 32,
    format: 1,
    num_samples: 1,
    photometric: 1,
    predictor: 1,
    is_deflated: false,
    is_tiled: false,
    others: Vec::new(),
};

impl File {
    fn two(&self, number: u16) -> [u8; 2] {
        if self.is_little {
            number.to_le_bytes()
        } else {
            number.to_be_bytes()
        }
    }

    fn four(&self, number: usize) -> [u8; 4] {
        if self.is_little {
            (number as u32).to_le_bytes()
        } else {
            (number as u32).to_be_bytes()
        }
    }

    /// Of rows of bytes: two strips, of three rows and two, or one tile.
    pub fn written(&self, rows: &[Vec<u8>]) -> Vec<u8> {
        let parts: Vec<Vec<u8>> = if self.is_tiled {
            let row = rows[0].len() / WIDTH * TILE;
            let padded = rows.iter().map(|bytes| {
                let mut bytes = bytes.clone();
                bytes.resize(row, 0);
                bytes
            });
            let mut tile = padded
                .map(|row| self.differences(row))
                .collect::<Vec<_>>()
                .concat();
            tile.resize(row * TILE, 0);
            vec![tile]
        } else {
            let strips = rows.chunks(3);
            strips
                .map(|rows| {
                    let rows = rows.iter().map(|row| self.differences(row.clone()));
                    rows.collect::<Vec<_>>().concat()
                })
                .collect()
        };
        let parts: Vec<Vec<u8>> = parts.into_iter().map(|part| self.packed(&part)).collect();
        let mut file = if self.is_little { *b"II" } else { *b"MM" }.to_vec();
        file.extend(self.two(42));
        file.extend(self.four(8 + parts.concat().len()));
        let (mut places, mut lengths) = (Vec::new(), Vec::new());
        for part in &parts {
            places.extend(self.four(file.len()));
            lengths.extend(self.four(part.len()));
            file.extend(part);
        }
        let short = |number: u16| self.two(number).to_vec();
        let num = self.num_samples;
        let [at, length] = if self.is_tiled {
            [324, 325]
        } else {
            [273, 279]
        };
        let mut entries = vec![
            (256, 3, 1, short(WIDTH as u16)),
            (257, 3, 1, short(HEIGHT as u16)),
            (258, 3, u32::from(num), short(self.bits).repeat(num.into())),
            (259, 3, 1, short(if self.is_deflated { 8 } else { 1 })),
            (262, 3, 1, short(self.photometric)),
            (at, 4, parts.len() as u32, places),
            (277, 3, 1, short(num)),
            (length, 4, parts.len() as u32, lengths),
            (317, 3, 1, short(self.predictor)),
            (
                339,
                3,
                u32::from(num),
                short(self.format).repeat(num.into()),
            ),
        ];
        if self.is_tiled {
            let side = short(TILE as u16);
            entries.extend([(322, 3, 1, side.clone()), (323, 3, 1, side)]);
        } else {
            entries.push((278, 3, 1, short(3)));
        }
        entries.extend(self.others.clone());
        entries.sort_by_key(|entry| entry.0);
        let mut outside = file.len() + 2 + 12 * entries.len() + 4;
        file.extend(self.two(entries.len() as u16));
        let mut values = Vec::new();
        for (tag, kind, number, bytes) in entries {
            file.extend([self.two(tag), self.two(kind)].concat());
            file.extend(self.four(number as usize));
            if bytes.len() > 4 {
                file.extend(self.four(outside));
                outside += bytes.len();
                values.extend(bytes);
            } else {
                file.extend(&bytes);
                file.resize(file.len() + 4 - bytes.len(), 0);
            }
        }
        file.extend([0; 4]);
        file.extend(values);
        file
    }

    fn packed(&self, bytes: &[u8]) -> Vec<u8> {
        if !self.is_deflated {
            return bytes.to_vec();
        }
        let mut packer =
            flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    /// A row as its predictor has it.
    fn differences(&self, mut row: Vec<u8>) -> Vec<u8> {
        let (size, num) = (usize::from(self.bits / 8), usize::from(self.num_samples));
        match self.predictor {
            2 => {
                let number = |row: &[u8], place: usize| {
                    let mut bytes = [0; 8];
                    bytes[..size].copy_from_slice(&row[place..place + size]);
                    if !self.is_little {
                        bytes[..size].reverse();
                    }
                    u64::from_le_bytes(bytes)
                };
                for place in (num * size..row.len()).step_by(size).rev() {
                    let less = number(&row, place - num * size);
                    let mut bytes = number(&row, place).wrapping_sub(less).to_le_bytes();
                    if !self.is_little {
                        bytes[..size].reverse();
                    }
                    row[place..place + size].copy_from_slice(&bytes[..size]);
                }
                row
            }
            3 => {
                let number = row.len() / size;
                let mut apart = vec![0; row.len()];
                for (index, value) in row.chunks(size).enumerate() {
                    for byte in 0..size {
                        let highest = if self.is_little {
                            size - 1 - byte
                        } else {
                            byte
                        };
                        apart[byte * number + index] = value[highest];
                    }
                }
                for place in (num..apart.len()).rev() {
                    apart[place] = apart[place].wrapping_sub(apart[place - num]);
                }
                apart
            }
            _ => row,
        }
    }

    /// The file of these values, a pixel's together, as they are written in 64 bits.
    pub fn of(&self, values: &[u64]) -> Vec<u8> {
        let size = usize::from(self.bits / 8);
        let bytes = |value: &u64| {
            let mut bytes = value.to_le_bytes()[..size].to_vec();
            if !self.is_little {
                bytes.reverse();
            }
            bytes
        };
        let rows = values.chunks(values.len() / HEIGHT);
        let rows: Vec<Vec<u8>> = rows
            .map(|row| row.iter().flat_map(bytes).collect())
            .collect();
        self.written(&rows)
    }

    /// The same of numbers with places.
    pub fn of_floats(&self, values: impl Iterator<Item = f64>) -> Vec<u8> {
        let bits = |value: f64| match self.bits {
            32 => u64::from((value as f32).to_bits()),
            _ => value.to_bits(),
        };
        self.of(&values.map(bits).collect::<Vec<u64>>())
    }
}
