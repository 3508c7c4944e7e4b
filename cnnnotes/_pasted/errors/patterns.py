"""The errors that are known, as Keras and TensorFlow word them, and what reads each. The first that is found counts.

In a text, `<wanted:S>` stands for a shape that is read under the name `wanted`, `L` for a list of shapes, `N` for an
integer, `W` for a word, `V` for the value of an argument, anything else for just that; `…` stands for any characters.
Keras 3 says what is wrong in the first line, or between `Exception encountered when calling` and `Arguments received
by`; TensorFlow says it in the names of its operations. Keras 2 words several of them otherwise.
"""

import re

from cnnnotes._pasted.errors import layers, training
from cnnnotes._pasted.errors.trouble import SHAPE, Reader, said

_AS_SAVED = "the model as it was when the weights were saved"
_COUNTED = said(says="The model has {wanted} {what}, and what is loaded has {given}.", fix=_AS_SAVED)
_POOLED = (
    "GlobalAveragePooling2D in place of Flatten: its length is the number of channels, whatever the map's size; or "
    "Input(shape=…) with a height and a width"
)
_INPUT = "<of:of|is incompatible with> layer <q:['\"]?><name:W>…: expected "
_ATTENDED = "attention(x, x), for the attention of a sequence to itself"

# fmt: off
_TABLE: tuple[tuple[Reader, str], ...] = (
    # windows
    (layers.convolved,
     'Computed output size would be zero or negative…shape=<shape:S>`, `kernel shape=<kernel:S>`, '
     '`dilation_rate=<dilation_rate:S>`, `strides=<strides:S>`, `padding=<padding:W>'),
    (said("MaxPooling{rank}D"),
     'Computed output size would be zero or negative…shape=<shape:S>`, `pool_size=<pool_size:S>`, '
     '`strides=<strides:S>`, `padding=<padding:W>'),
    (layers.negative_dimension,
     "Negative dimension size caused by subtracting <size:N> from <length:N> for '<node:[^']*>'<op: \\(op: "
     "'\\w+'\\)|> with input shapes: <shapes:L>"),
    (said("Conv{rank}D"),
     'Computed output size would be negative…effective_filter_size: <size:N>, stride: <strides:N>]…shape=<shape:S>'),
    (said("Conv2D", "On an input of {got} a convolution leaves nothing: its kernel is larger.", 'padding="same"'),
     'One of the dimensions in the output is <= 0 due to downsampling…input shape <got:S>'),
    (said("Cropping{rank}D"),
     'ropping…Received: input<s:\\w*.>shape=<shape:S>, <a:and |>cropping=<cropping:[()\\d, ]+>'),
    # the axes of an input
    (layers.axis_value,
     f'{_INPUT}axis <axis:N> of input shape to have value <wanted:[^,]*?><c:,?> but received…shape <shape:S>'),
    *((said(says=f"It takes {words}{{wanted}} axes, the batch counted, and gets {{found}}: {{shape}}."),
       f'{_INPUT}{bound}ndim=<wanted:N>, found ndim=<found:N>. Full shape received: <shape:S>')
      for bound, words in (("min_", "at least "), ("max_", "at most "), ("", ""))),
    (said(says="The model was built for {wanted}, and gets {got}.",
          fix="an input of {wanted}, as it was built with; layers.Resizing resizes images"),
     f'{_INPUT}shape=<wanted:S>, found shape=<got:S>'),
    (layers.convolved, 'but received kernel of shape <kernel:S> and input of shape <shape:S>'),
    (said("TimeDistributed"), '`TimeDistributed` Layer should be passed an…received: <shape:S>'),
    # sizes that are unknown
    (said(says="Its {weight} would have the shape {size}: the input's last axis has no known size.", fix=_POOLED),
     "must be fully-defined…shape=<size:S> for variable path='<p:(?:\\w+/)*?><name:\\w*?><q:/?><weight:\\w+>'"),
    (said("Dense", fix=_POOLED),
     'inputs to a Dense layer should be defined. Found None. Full input shape received: <shape:S>'),
    (said("Conv{rank}D"), 'channel dimension of the inputs should be defined. The input_shape received is <shape:S>'),
    (said(says="A convolution was built on an input whose number of channels is None.",
          fix="Input(shape=(None, None, 3)): height and width may be unknown, the channels may not"),
     "unsupported operand type(s) for %: 'NoneType' and 'int'"),
    # the number of values
    (said("Reshape"),
     'must be unchanged…input_shape<e: ?= ?><values:S>, <t:target_shape|output_shape><f: ?= ?><target_shape:S>'),
    (said(says="The tensor has {held} values, and the new shape would hold {asked}.",
          fix="-1 for one size of the new shape: it is computed from the others"),
     'is a tensor with <held:N> values, but the requested shape <has:has|requires a multiple of> <asked:N>'),
    # several inputs
    (layers.concatenated,
     'matching shapes except for the concatenation axis. <r:[\\w ]+:><e: input_shape=| ><shapes:L>'),
    (layers.concatenated, "But found element of shape <other:S>, which…the first element's shape <one:S>"),
    (layers.concatenated,
     'ConcatOp : Dimension <axis:N> in both shapes must be equal: <shapes:shape.*?\\].*?\\] vs.*?\\].*?\\]>'),
    (said("Add"), '<w:Received shapes|broadcast together with shapes> <first:S> <a:and |><second:S>'),
    (layers.broadcast, '<w:Input shapes are|Incompatible shapes>: <one:S> <a:and|vs.> <other:S>'),
    (layers.broadcast, "must be equal, but are <a:N> and <b:N> for '<node:[^']*>' with input shapes: <shapes:L>"),
    (layers.dotted, 'axis values <m:N> (at axis <a:N>) != <n:N> (at axis <b:N>). Full input shapes: <shapes:L>'),
    (said(says="A product of matrices sums over the last axis of {a} and the last but one of {b}: they must be equal.",
          fix="ops.matmul(a, ops.swapaxes(b, -1, -2)), if b's last axis is the one that is meant"),
     '<w:must be equal, but received `x1.shape=|Matrix size-incompatible: In\\[0\\]: ><a:S><c:.*?[=:] ?><b:S>'),
    (said("Add", "It should be called on {how}, and gets {shapes}.", "{type}()([a, b])"),
     '<q:`?><kind:W><r:`?> layer <s:should|must> be called on <how:[^.\\n]*>. Received: '
     '<i:input\\w*=|Tensor.*?shape=><shapes:L>'),
    (said("MultiHeadAttention", "It takes a query and a value, and was called with one tensor.", _ATTENDED),
     "missing <a:a|1> required <p:positional |>argument: 'value'"),
    (said("MultiHeadAttention", "Each position of the value {value} has one key: {key} has others.",
          "a key with as many positions as the value"),
     'of `value` and `key`, except the last one, must be equal. Received: value_shape=<value:S> and key_shape=<key:S>'),
    (said(says="The model has {wanted} inputs, and gets {got}.", fix="a list with an array for each: model([a, b])"),
     'ayer "<name:W>" expects <wanted:N> <named:named |>input(s)…it received <got:N> input tensors'),
    # arguments
    (said("Conv2D"), 'divisible by the number of groups. Received: groups=<groups:N>, filters=<filters:V>'),
    (said("Conv2D"),
     'divisible by the number of groups. Received groups=<groups:N>, but…(full input shape is <shape:S>)'),
    (said("GroupNormalization"), 'Number of groups (<groups:N>)…the number of channels (<channels:N>)'),
    (said("Conv2D"),
     'in conjunction with `dilation_rate > 1`. Received: strides=<strides:S> and dilation_rate=<dilation_rate:S>'),
    (said("Conv2DTranspose"), 'Received: output_padding=<output_padding:S>, strides=<strides:S>'),
    (said("Conv2DTranspose"), 'output padding. Received strides=<strides:S>, output_padding=<output_padding:S>'),
    (said("Permute"), 'Invalid permutation argument `dims` for Permute Layer…Received dims=<dims:S>'),
    (said("LSTM"), 'for argument `units`, expected a positive integer, got <units:V>'),
    (said("Embedding"), 'Received input_dim = <input_dim:N> and output_dim = <output_dim:N>'),
    (said("Activation"), 'Could not interpret activation function identifier: <activation:W>'),
    (said("Activation"), 'Unknown activation function<c::?> <q:[\'"]?><activation:W>'),
    (said("Conv2D"), 'The `padding` argument must be a list/tuple or one of…Received: <padding:W>'),
    (said("Conv2D", padding="causal"), 'Causal padding is only supported for `Conv1D`'),
    (said(says="A padding was given as a number, as in PyTorch. In Keras it is the word 'valid' or 'same'.",
          fix='padding="same", which keeps the size at strides=1'),
     "'int' object has no attribute 'lower'"),
    (layers.unknown_argument, "Unrecognized keyword arguments passed to <kind:W>: {'<name:W>'"),
    (layers.unknown_argument, "<kind:W>.__init__() got an unexpected keyword argument '<name:W>'"),
    (layers.unknown_argument, "Keyword argument not understood:', '<name:W>'"),
    (layers.missing_argument, "<kind:W>.__init__() missing <n:N> required positional argument<s:s?>: '<name:W>'"),
    (said(says="The model halves its map so often that it needs {least} pixels, and gets {got}.",
          fix="images of at least {least}: layers.Resizing"),
     'Input size must be at least <least:\\d+x\\d+>; Received: input_shape=<got:S>'),
    # labels
    (training.classes_apart, '`target.ndim - 1`. Received: target.shape=<target:S>, output.shape=<output:S>'),
    (training.values_apart, 'Received: target.shape=<target:S>, output.shape=<output:S>'),
    (training.classes_apart, 'have the same first dimension, got logits shape <output:S> and labels shape <target:S>'),
    (training.classes_apart,
     'except for the last dimension. Received: labels.shape=<target:S> and logits.shape=<output:S>'),
    (training.values_apart, 'logits and labels must be broadcastable: logits_size=<output:S> labels_size=<target:S>'),
    (training.values_apart, '`logits` and `labels` must have the same shape, received (<output:S> vs <target:S>)'),
    (training.values_apart, 'Shapes <target:S> and <output:S> are incompatible'),
    (said(says="A label is {label}, and the last layer has {classes} outputs, for the classes from 0 on.",
          fix="an output for each label up to the highest, or labels that begin at 0: y - 1"),
     'Received a label value of <label:N> which is outside the valid range of [0, <classes:N>)'),
    (said(says="There are {x} inputs and {y} labels: each input needs one.",
          fix="as many labels as inputs: len(x) == len(y)"),
     "Data cardinality is ambiguous…<q:'?>x<r:'?> sizes: <x:N>…<s:'?>y<t:'?> sizes: <y:N>"),
    # weights
    (training.weights_shape, 'Layer <name:W> weight shape <wanted:S> is not…provided weight shape <given:S>'),
    (training.weights_shape,
     'variable.shape=<wanted:S>, Received: value.shape=<given:S>. Target variable: <<v:Variable> '
     'path=<p:(?:\\w+/)*?><name:W>/<w:\\w+>,'),
    (training.weights_shape,
     '(named <name:W>)…Weight expects shape <wanted:S>. Received saved weight with shape <given:S>'),
    (_COUNTED,
     '<name:W><r:[\'"]> with a weight list of length <given:N>, but the layer was expecting <wanted:N> <what:weights>'),
    (_COUNTED, "Layer '<name:W>' expected <wanted:N> <what:variables>, but received <given:N> variables"),
    (_COUNTED, 'Model expected <wanted:N> <what:layers>, found <given:N> saved layers'),
    # what says least comes last
    (said(says="An axis was asked for that the input doesn't have: they count from 0, the batch, and -1 is the last.",
          fix="axis=-1, the channels"),
     '<what:(?:tuple|list) index out of range|Expected 0 <= axis \\< inputs.rank>'),
    (layers.refused_value, '`<argument:W>`<m:[^`]*?><r:(?:Received|got):?><n:(?: \\w+ ?=)? ?><value:V>'),
    (layers.refused_value, 'Invalid value <value:V> received for `<argument:W>`'),
)
# fmt: on

_KINDS = {
    "S": SHAPE,
    "L": rf"\[?(?:{SHAPE}[, ]*)+",
    "N": r"-?\d+",
    "W": r"\w+",
    "V": r"\([^()]*\)|-?[\d.]*\d|[^\s,`)]+",
}


def _compiled(text: str) -> re.Pattern[str]:
    """The regular expression of an error's wording; a space of it may be a line's end."""
    parts = re.split(r"<(\w+):((?:\\.|[^>\\])*)>", text)
    found = ""
    for i in range(0, len(parts), 3):
        found += re.escape(parts[i]).replace("\\ ", r"\s+").replace("…", ".*?")
        if i + 1 < len(parts):
            found += f"(?P<{parts[i + 1]}>{_KINDS.get(parts[i + 2], parts[i + 2])})"
    return re.compile(found, re.DOTALL)


PATTERNS = tuple((_compiled(text), reader) for reader, text in _TABLE)
