"""The errors that are known, as Keras and TensorFlow word them, and what reads each. The first that is found counts.

In a text, `<wanted:S>` stands for a shape that is read under the name `wanted`, `L` for a list of shapes, `N` for an
integer, `W` for a word, `V` for the value of an argument, anything else for just that; `…` stands for any characters.
Keras 3 says what is wrong in the first line, or between `Exception encountered when calling` and `Arguments received
by`; TensorFlow says it in the names of its operations. Keras 2 words several of them otherwise.
"""

from __future__ import annotations

import re

from cnnnotes._pasted.errors import layers, training
from cnnnotes._pasted.errors.trouble import SHAPE, Reader, said

_AS_SAVED = "the model as it was when the weights were saved"
_COUNTED = said(says="The model has {wanted} {what}, and what is loaded has {given}.", fix=_AS_SAVED)
_POOLED = (
    "GlobalAveragePooling2D in place of Flatten: its length is the number of channels, whatever the map's size; or "
    "Input(shape=…) with a height and a width"
)
_WRONG_INPUT = "<of:of|is incompatible with> layer <q:['\"]?><name:W>…: expected "

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
    (layers.negative_length,
     'Computed output size would be negative: <left:N> [input_size: <length:N>, effective_filter_size: <size:N>, '
     'stride: <stride:N>]'),
    (said("Conv2D", fix='padding="same"',
          says="On an input of {size} a convolution leaves no row or no column: its kernel is larger than the map."),
     'One of the dimensions in the output is <= 0 due to downsampling…input shape <size:S>'),
    (said("Cropping{rank}D"),
     'ropping<p:`| parameter of Cropping layer> must be greater than the input shape. Received: inputs.shape=<shape:S>'
     ', and cropping=<cropping:\\([()\\d, ]*\\)>'),
    (said("Cropping{rank}D"), '`cropping`…Received: input_shape=<shape:S>, cropping=<cropping:\\([()\\d, ]*\\)>'),
    # the axes of an input
    (layers.axis_value,
     _WRONG_INPUT + 'axis <axis:N> of input shape to have value <wanted:[^,]*?><c:,?> but received input with '
     'shape <shape:S>'),
    *((said(says=f"It takes {words}{{wanted}} axes, the batch counted, and gets {{found}}: {{shape}}."),
       f'{_WRONG_INPUT}{bound}ndim=<wanted:N>, found ndim=<found:N>. Full shape received: <shape:S>')
      for bound, words in (("min_", "at least "), ("max_", "at most "), ("", ""))),
    (said(says="The model was built for {wanted}, and gets {found}.",
          fix="an input of {wanted}, as it was built with; layers.Resizing resizes images"),
     _WRONG_INPUT + 'shape=<wanted:S>, found shape=<found:S>'),
    (layers.convolved,
     'Kernel shape must have the same length as input, but received kernel of shape <kernel:S> and input of shape '
     '<shape:S>'),
    (said("TimeDistributed"), '`TimeDistributed` Layer should be passed an…received: <shape:S>'),
    # sizes that are unknown
    (said(says="Its {weight} would have the shape {size}: the input's last axis has no known size.",
          fix=_POOLED),
     "Shapes used to initialize variables must be fully-defined…shape=<size:S> for variable "
     "path='<p:(?:\\w+/)*?><name:\\w*?><q:/?><weight:\\w+>'"),
    (said("Dense", fix=_POOLED),
     'The last dimension of the inputs to a Dense layer should be defined. Found None. Full input shape received: '
     '<shape:S>'),
    (said("Conv{rank}D"),
     'The channel dimension of the inputs should be defined. The input_shape received is <shape:S>'),
    (said(says="A convolution was built on an input whose number of channels is None.",
          fix="Input(shape=(None, None, 3)): height and width may be unknown, the channels may not"),
     "unsupported operand type(s) for %: 'NoneType' and 'int'"),
    # the number of values
    (said("Reshape"),
     'otal size of <what:the tensor|new array> must be unchanged…input_shape<e: ?= ?><values:S>, '
     '<t:target_shape|output_shape><f: ?= ?><target_shape:S>'),
    (said(says="The tensor has {held} values, and the new shape would hold {asked}.",
          fix="-1 for one size of the new shape: it is computed from the others"),
     'Input to reshape is a tensor with <held:N> values, but the requested shape <has:has|requires a multiple of> '
     '<asked:N>'),
    # several inputs
    (layers.concatenated,
     'A `Concatenate` layer requires inputs with matching shapes except for the concatenation axis. <r:Received: '
     'input_shape=|Got inputs shapes: ><shapes:L>'),
    (layers.concatenated,
     'Every value in `xs` must have the same shape except on the `axis` dim. But found element of shape <other:S>, '
     "which is different from the first element's shape <one:S>"),
    (layers.concatenated,
     'ConcatOp : Dimension <axis:N> in both shapes must be equal: <shapes:shape.*?\\].*?\\] vs.*?\\].*?\\]>'),
    (layers.merged, 'Inputs have incompatible shapes. Received shapes <one:S> and <other:S>'),
    (layers.merged, 'Operands could not be broadcast together with shapes <one:S> <other:S>'),
    (layers.broadcast, 'Cannot broadcast shape…Input shapes are: <one:S> and <other:S>'),
    (layers.broadcast, 'Incompatible shapes: <one:S> vs. <other:S>'),
    (layers.broadcast,
     "Dimensions must be equal, but are <a:N> and <b:N> for '<node:[^']*>' with input shapes: <shapes:L>"),
    (layers.dotted, 'axis values <m:N> (at axis <a:N>) != <n:N> (at axis <b:N>). Full input shapes: <shapes:L>'),
    (layers.multiplied, 'must be equal, but received `x1.shape=<one:S>` and `x2.shape=<other:S>`'),
    (layers.multiplied, 'Matrix size-incompatible: In[0]: <one:S>, In[1]: <other:S>'),
    (layers.inputs_count, '`<kind:W>` layer should be called on <how:[^.]*>. Received: input_shape=<shapes:L>'),
    (layers.inputs_count,
     'A <kind:merge> layer should be called on a list of inputs. Received: input_shape=<shapes:L>'),
    (layers.inputs_count,
     '<kind:Attention> layer must be called on a list of inputs…Received: <i:inputs=|Tensor.*?shape=><shapes:L>'),
    (said("MultiHeadAttention", says="It takes a query and a value, and was called with one tensor.",
          fix="attention(x, x), for the attention of a sequence to itself"),
     "missing <a:a|1> required <p:positional |>argument: 'value'"),
    (layers.value_and_key,
     'of `value` and `key`, except the last one, must be equal. Received: value_shape=<value:S> and '
     'key_shape=<key:S>'),
    (said(says="The model has {wanted} inputs, and gets {got}.",
          fix="a list with an array for each input: model([a, b])"),
     'ayer "<name:W>" expects <wanted:N> <named:named |>input(s)…it received <got:N> input tensors'),
    # arguments
    (said("Conv2D"),
     'The number of filters must be evenly divisible by the number of groups. Received: groups=<groups:N>, '
     'filters=<filters:V>'),
    (said("Conv2D"),
     'The number of input channels must be evenly divisible by the number of groups. Received groups=<groups:N>, '
     'but the input has <channels:N> channels (full input shape is <shape:S>)'),
    (said("GroupNormalization"),
     'Number of groups (<groups:N>) must be a multiple of the number of channels (<channels:N>)'),
    (said("GroupNormalization"),
     'Number of groups (<groups:N>) cannot be more than the number of channels (<channels:N>)'),
    (said("Conv2D"),
     '`strides > 1` not supported in conjunction with `dilation_rate > 1`. Received: strides=<strides:S> and '
     'dilation_rate=<dilation_rate:S>'),
    (said("Conv2DTranspose"),
     '`output_padding` must be strictly less than `strides`…Received: output_padding=<output_padding:S>, '
     'strides=<strides:S>'),
    (said("Conv2DTranspose"),
     'Strides must be greater than output padding. Received strides=<strides:S>, output_padding=<output_padding:S>'),
    (said("Permute"), 'Invalid permutation argument `dims` for Permute Layer…Received dims=<dims:S>'),
    (said("Conv2D"),
     'Invalid value for argument `filters`. Expected a strictly positive value. Received filters=<filters:V>'),
    (said("Conv2D"), 'The `kernel_size` argument must be a tuple…Received<r: kernel_size=|: ><kernel_size:V>'),
    (said("Conv2D"), 'The `strides` argument must be a tuple…Received strides=<strides:V>'),
    (said("Conv2D"), 'The argument `strides` cannot contains 0(s). Received: <strides:S>'),
    (said("MaxPooling2D"), 'The `pool_size` argument must be a tuple…Received<r: pool_size=|: ><pool_size:V>'),
    (said("Dense"), 'Received an invalid value for `units`, expected a positive integer. Received: units=<units:V>'),
    (said("LSTM"), 'Received an invalid value for argument `units`, expected a positive integer, got <units:V>'),
    (said("Embedding"), 'should be positive, Received input_dim = <input_dim:N> and output_dim = <output_dim:N>'),
    (said("Embedding"), '`input_dim` must be a positive integer. Received: input_dim=<input_dim:V>'),
    (said("Dropout"),
     'Invalid value received for argument `rate`. Expected a float value between 0 and 1. Received: rate=<rate:V>'),
    (said("Dropout"), 'Invalid value <rate:V> received for `rate`'),
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
    (said(says="The model halves its map so often that it needs {least} pixels, and gets {size}.",
          fix="images of at least {least}: layers.Resizing"),
     'Input size must be at least <least:\\d+x\\d+>; Received: input_shape=<size:S>'),
    # labels
    (training.values_apart,
     '`target` and `output` must have the same <what:shape|rank \\(ndim\\)>. Received: target.shape=<target:S>, '
     'output.shape=<output:S>'),
    (training.classes_apart,
     '`output` must have rank (ndim) `target.ndim - 1`. Received: target.shape=<target:S>, output.shape=<output:S>'),
    (training.classes_apart,
     'logits and labels must have the same first dimension, got logits shape <output:S> and labels shape <target:S>'),
    (training.classes_apart,
     '`labels.shape` must equal `logits.shape` except for the last dimension. Received: labels.shape=<target:S> and '
     'logits.shape=<output:S>'),
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
    (training.weights_shape,
     'Layer <name:W> weight shape <wanted:S> is not compatible with provided weight shape <given:S>'),
    (training.weights_shape,
     'variable.shape=<wanted:S>, Received: value.shape=<given:S>. Target variable: <<v:Variable> '
     'path=<p:(?:\\w+/)*?><name:W>/<w:\\w+>,'),
    (training.weights_shape,
     'Shape mismatch in layer <n:#\\d+> (named <name:W>)…Weight expects shape <wanted:S>. Received saved weight '
     'with shape <given:S>'),
    (_COUNTED,
     'on layer <q:[\'"]><name:W><r:[\'"]> with a <what:weight> list of length <given:N>, but the layer was '
     'expecting <wanted:N> weights'),
    (_COUNTED,
     "Layer '<name:W>' expected <wanted:N> <what:variables>, but received <given:N> variables during loading"),
    (_COUNTED,
     'Model expected <wanted:N> <what:layers>, found <given:N> saved layers'),
    # what says least comes last
    (layers.axis_beyond, 'Invalid value for `axis` argument. Expected 0 <= axis < inputs.rank'),
    (layers.axis_beyond, 'IndexError: <what:tuple|list> index out of range'),
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
