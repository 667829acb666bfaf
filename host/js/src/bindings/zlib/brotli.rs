//! Brotli (RFC 7932).

use brotli::enc::StandardAlloc;
use brotli::enc::encode::{BrotliEncoderOperation, BrotliEncoderParameter as Parameter, BrotliEncoderStateStruct};
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};
use brotli_decompressor::{BrotliDecoderErrorCode, BrotliDecoderParameter};

use super::codec::{Codec, Problem};

const FINISH: u32 = 2;

/// Parameters as pairs of number and value, in the numbers of `zlib.constants`.
type Parameters = Vec<(u32, u32)>;

pub(super) struct Encoder {
    state: BrotliEncoderStateStruct<StandardAlloc>,
    parameters: Parameters,
    dictionary: Vec<u8>,
    failed: bool,
}

impl Encoder {
    /// None where a parameter is not known.
    pub(super) fn new(parameters: Parameters, dictionary: Vec<u8>) -> Option<Self> {
        let mut state = BrotliEncoderStateStruct::new(StandardAlloc::default());
        for &(number, value) in &parameters {
            let parameter = match number {
                0 => Parameter::BROTLI_PARAM_MODE,
                1 => Parameter::BROTLI_PARAM_QUALITY,
                2 => Parameter::BROTLI_PARAM_LGWIN,
                3 => Parameter::BROTLI_PARAM_LGBLOCK,
                4 => Parameter::BROTLI_PARAM_DISABLE_LITERAL_CONTEXT_MODELING,
                5 => Parameter::BROTLI_PARAM_SIZE_HINT,
                6 => Parameter::BROTLI_PARAM_LARGE_WINDOW,
                // How distances are coded is for the encoder to choose.
                7 | 8 => continue,
                _ => return None,
            };
            if !state.set_parameter(parameter, value) {
                return None;
            }
        }
        if !dictionary.is_empty() {
            state.set_custom_dictionary(dictionary.len(), &dictionary);
        }
        Some(Self { state, parameters, dictionary, failed: false })
    }
}

impl Codec for Encoder {
    fn run(&mut self, flush: u32, input: &[u8], output: &mut [u8]) -> (usize, usize) {
        let operation = match flush {
            0 => BrotliEncoderOperation::BROTLI_OPERATION_PROCESS,
            1 => BrotliEncoderOperation::BROTLI_OPERATION_FLUSH,
            FINISH => BrotliEncoderOperation::BROTLI_OPERATION_FINISH,
            _ => BrotliEncoderOperation::BROTLI_OPERATION_EMIT_METADATA,
        };
        let (mut input_left, mut taken, mut room, mut given) = (input.len(), 0, output.len(), 0);
        self.failed = !self.state.compress_stream(
            operation,
            &mut input_left,
            input,
            &mut taken,
            &mut room,
            output,
            &mut given,
            &mut None,
            &mut |_, _, _, _| (),
        );
        (taken, given)
    }

    fn problem(&self, _room: usize) -> Option<Problem> {
        self.failed.then(|| Problem::new("Compression failed", -1, "ERR_BROTLI_COMPRESSION_FAILED"))
    }

    fn reset(&mut self) -> Option<Problem> {
        *self = Self::new(std::mem::take(&mut self.parameters), std::mem::take(&mut self.dictionary))?;
        None
    }
}

pub(super) struct Decoder {
    state: BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>,
    parameters: Parameters,
    dictionary: Vec<u8>,
    flush: u32,
    wants_input: bool,
}

impl Decoder {
    /// None where a parameter is not known.
    pub(super) fn new(parameters: Parameters, dictionary: Vec<u8>) -> Option<Self> {
        let allocator = StandardAlloc::default;
        let mut state = BrotliState::new_strict(allocator(), allocator(), allocator());
        for &(number, value) in &parameters {
            let parameter = match number {
                0 => BrotliDecoderParameter::BROTLI_DECODER_PARAM_DISABLE_RING_BUFFER_REALLOCATION,
                1 => BrotliDecoderParameter::BROTLI_DECODER_PARAM_LARGE_WINDOW,
                _ => return None,
            };
            if !state.set_parameter(parameter, value) {
                return None;
            }
        }
        if !dictionary.is_empty() && !state.attach_dictionary(dictionary.clone().into()) {
            return None;
        }
        Some(Self { state, parameters, dictionary, flush: 0, wants_input: false })
    }
}

impl Codec for Decoder {
    fn run(&mut self, flush: u32, input: &[u8], output: &mut [u8]) -> (usize, usize) {
        self.flush = flush;
        let (mut input_left, mut taken, mut room, mut given, mut total) = (input.len(), 0, output.len(), 0, 0);
        let result = BrotliDecompressStream(
            &mut input_left,
            &mut taken,
            input,
            &mut room,
            &mut given,
            output,
            &mut total,
            &mut self.state,
        );
        self.wants_input = matches!(result, BrotliResult::NeedsMoreInput);
        (taken, given)
    }

    fn problem(&self, _room: usize) -> Option<Problem> {
        let code = self.state.error_code;
        if (code as i32) < BrotliDecoderErrorCode::BROTLI_DECODER_NO_ERROR as i32 {
            let name = format!("{code:?}").replace("BROTLI_DECODER_", "ERR__");
            return Some(Problem::new("Decompression failed", code as i32, name));
        }
        (self.flush == FINISH && self.wants_input).then(Problem::truncated)
    }

    fn reset(&mut self) -> Option<Problem> {
        *self = Self::new(std::mem::take(&mut self.parameters), std::mem::take(&mut self.dictionary))?;
        None
    }
}
