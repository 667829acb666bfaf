//! Zstandard (RFC 8878).

use zstd_safe::zstd_sys::ZSTD_EndDirective as Directive;
use zstd_safe::{CCtx, CParameter, DCtx, DParameter, ErrorCode, InBuffer, OutBuffer, ResetDirective, Strategy};

use super::codec::{Codec, Problem};

const END: u32 = 2;

pub(super) struct Encoder {
    context: CCtx<'static>,
    /// The size of all input, where it was told and no input has come yet.
    pledged: bool,
    failed: Option<ErrorCode>,
}

impl Encoder {
    /// `parameters` are pairs of number and value, in the numbers of `zlib.constants`.
    ///
    /// ## Errors
    /// What cannot be set, in Node's words.
    pub(super) fn new(
        parameters: &[(u32, u32)],
        source_size: Option<u64>,
        dictionary: &[u8],
    ) -> Result<Self, &'static str> {
        let mut context = CCtx::try_create().ok_or("Could not initialize Zstd instance")?;
        for &(number, value) in parameters {
            if !set_parameter(&mut context, number, value) {
                return Err("Setting parameter failed");
            }
        }
        context.set_pledged_src_size(source_size).map_err(|_| "Could not set pledged src size")?;
        if !dictionary.is_empty() {
            context.load_dictionary(dictionary).map_err(|_| "Failed to load zstd dictionary")?;
        }
        Ok(Self { context, pledged: source_size.is_some(), failed: None })
    }
}

fn set_parameter(context: &mut CCtx<'_>, number: u32, value: u32) -> bool {
    let flag = value != 0;
    let parameter = match number {
        100 => CParameter::CompressionLevel(value as i32),
        101 => CParameter::WindowLog(value),
        102 => CParameter::HashLog(value),
        103 => CParameter::ChainLog(value),
        104 => CParameter::SearchLog(value),
        105 => CParameter::MinMatch(value),
        106 => CParameter::TargetLength(value),
        107 => match strategy(value) {
            Some(strategy) => CParameter::Strategy(strategy),
            // Nought leaves the choice to the level.
            None => return value == 0,
        },
        160 => CParameter::EnableLongDistanceMatching(flag),
        161 => CParameter::LdmHashLog(value),
        162 => CParameter::LdmMinMatch(value),
        163 => CParameter::LdmBucketSizeLog(value),
        164 => CParameter::LdmHashRateLog(value),
        200 => CParameter::ContentSizeFlag(flag),
        201 => CParameter::ChecksumFlag(flag),
        202 => CParameter::DictIdFlag(flag),
        // The library is built without threads of its own.
        400..=402 => return value == 0,
        _ => return false,
    };
    context.set_parameter(parameter).is_ok()
}

fn strategy(number: u32) -> Option<Strategy> {
    Some(match number {
        1 => Strategy::ZSTD_fast,
        2 => Strategy::ZSTD_dfast,
        3 => Strategy::ZSTD_greedy,
        4 => Strategy::ZSTD_lazy,
        5 => Strategy::ZSTD_lazy2,
        6 => Strategy::ZSTD_btlazy2,
        7 => Strategy::ZSTD_btopt,
        8 => Strategy::ZSTD_btultra,
        9 => Strategy::ZSTD_btultra2,
        _ => return None,
    })
}

impl Codec for Encoder {
    fn run(&mut self, flush: u32, input: &[u8], output: &mut [u8]) -> (usize, usize) {
        let directive = match flush {
            0 => Directive::ZSTD_e_continue,
            1 => Directive::ZSTD_e_flush,
            _ => Directive::ZSTD_e_end,
        };
        // All input in one call would stand for the size pledged, were the frame not begun before.
        if std::mem::take(&mut self.pledged) {
            let (mut source, mut target) = (InBuffer::around(&[]), OutBuffer::around(&mut [][..]));
            self.failed = self.context.compress_stream2(&mut target, &mut source, Directive::ZSTD_e_continue).err();
            if self.failed.is_some() {
                return (0, 0);
            }
        }
        let mut source = InBuffer::around(input);
        let mut target = OutBuffer::around(output);
        self.failed = self.context.compress_stream2(&mut target, &mut source, directive).err();
        (source.pos(), target.pos())
    }

    fn problem(&self, _room: usize) -> Option<Problem> {
        self.failed.map(describe)
    }

    fn reset(&mut self) -> Option<Problem> {
        self.context.reset(ResetDirective::SessionOnly).err().map(describe)
    }
}

pub(super) struct Decoder {
    context: DCtx<'static>,
    /// About how many bytes of input are wanted next; none at the end of a frame.
    wanted: Result<usize, ErrorCode>,
    flush: u32,
}

impl Decoder {
    /// As [`Encoder::new`].
    ///
    /// ## Errors
    /// What cannot be set, in Node's words.
    pub(super) fn new(parameters: &[(u32, u32)], dictionary: &[u8]) -> Result<Self, &'static str> {
        let mut context = DCtx::try_create().ok_or("Could not initialize Zstd instance")?;
        for &(number, value) in parameters {
            if number != 100 || context.set_parameter(DParameter::WindowLogMax(value)).is_err() {
                return Err("Setting parameter failed");
            }
        }
        if !dictionary.is_empty() {
            context.load_dictionary(dictionary).map_err(|_| "Failed to load zstd dictionary")?;
        }
        Ok(Self { context, wanted: Ok(1), flush: 0 })
    }
}

impl Codec for Decoder {
    fn run(&mut self, flush: u32, input: &[u8], output: &mut [u8]) -> (usize, usize) {
        self.flush = flush;
        let mut source = InBuffer::around(input);
        let mut target = OutBuffer::around(output);
        let before = self.wanted;
        self.wanted = self.context.decompress_stream(&mut target, &mut source);
        // Asked again after the end of a frame, the library says what it wants of the next one.
        if before == Ok(0) && input.is_empty() && self.wanted.is_ok() {
            self.wanted = before;
        }
        (source.pos(), target.pos())
    }

    fn problem(&self, room: usize) -> Option<Problem> {
        match self.wanted {
            Err(code) => Some(describe(code)),
            Ok(wanted) => (wanted != 0 && room != 0 && self.flush == END).then(Problem::truncated),
        }
    }

    fn reset(&mut self) -> Option<Problem> {
        self.wanted = Ok(1);
        self.context.reset(ResetDirective::SessionOnly).err().map(describe)
    }

    fn ended(&self) -> bool {
        self.wanted == Ok(0)
    }
}

fn describe(code: ErrorCode) -> Problem {
    // The library gives the negative of the numbers in `zstd_errors.h`.
    let number = code.wrapping_neg() as i32;
    Problem::new(zstd_safe::get_error_name(code), number, format!("ZSTD_error_{}", name_of(number)))
}

fn name_of(number: i32) -> &'static str {
    match number {
        10 => "prefix_unknown",
        12 => "version_unsupported",
        14 => "frameParameter_unsupported",
        16 => "frameParameter_windowTooLarge",
        20 => "corruption_detected",
        22 => "checksum_wrong",
        24 => "literals_headerWrong",
        30 => "dictionary_corrupted",
        32 => "dictionary_wrong",
        34 => "dictionaryCreation_failed",
        40 => "parameter_unsupported",
        41 => "parameter_combination_unsupported",
        42 => "parameter_outOfBound",
        44 => "tableLog_tooLarge",
        46 => "maxSymbolValue_tooLarge",
        48 => "maxSymbolValue_tooSmall",
        50 => "stabilityCondition_notRespected",
        60 => "stage_wrong",
        62 => "init_missing",
        64 => "memory_allocation",
        66 => "workSpace_tooSmall",
        70 => "dstSize_tooSmall",
        72 => "srcSize_wrong",
        74 => "dstBuffer_null",
        80 => "noForwardProgress_destFull",
        82 => "noForwardProgress_inputEmpty",
        _ => "GENERIC",
    }
}
