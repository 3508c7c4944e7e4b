"""The errors that are known, as Keras and TensorFlow word them, and what reads each. The first that is found counts.
In a text, `<wanted:S>` stands for a shape that is read under the name `wanted`, `L` for a list of shapes, `N` for an
integer, `W` for a word, `P` for a path, `V` for the value of an argument, anything else for just that; `…` stands for
any characters, at most 1,000."""

import re

from cnnnotes._fixing import readers
from cnnnotes._fixing.readers import SHAPE, Reader, labels, said

_COUNTED = said("", "The model has {wanted} {what}, and what is loaded has {given}.", readers.AS_SAVED)
_POOLED = "GlobalAveragePooling2D in place of Flatten, or Input(shape=…) with a height and a width"
_MULTIPLIED = said(
    says="{a} × {b}: the last axis of one must be as long as the last but one of the other: a Dense kernel's rows.",
    fix="an input of the size that the layer was built on; layers.Resizing resizes images",
)
_BUILT = "keras.Input(shape=…) as the first of the model, or model.build((None, …))"
_OPS = "keras.ops in place of tf: keras.ops.reshape; or the function within a layer's call()"
_ONE_KERAS = "layers of one Keras throughout: from keras or from tensorflow.keras, not from both"
_INPUT = "<of:of|is incompatible with> layer <q:['\"]?><name:W>…: expected "

# fmt: off
_TABLE: tuple[tuple[str, Reader], ...] = (
    # windows
    ('or negative…shape=<shape:S>`, `kernel shape=<kernel:S>`, `dilation_rate=<dilation_rate:S>`, '
     '`strides=<strides:S>`, `padding=<padding:W>', readers.convolved),
    ('or negative…shape=<shape:S>`, `pool_size=<pool_size:S>`, `strides=<strides:S>`, `padding=<padding:W>',
     said("MaxPooling{rank}D")),
    ("Negative dimension size caused by subtracting <size:N> from <length:N> for <node:.{0,1000}?> with input shapes: "
     "<shapes:L>", readers.negative_dimension),
    ('would be negative…filter_size: <size:N>, stride: <strides:N>]…shape=<shape:S>', said("Conv{rank}D")),
    ('pping…input<s:\\w{0,9}.>shape=<shape:S>, <a:and |>cropping=<cropping:[()\\d, ]{1,60}>', said("Cropping{rank}D")),
    # the axes of an input
    (f'{_INPUT}axis <axis:N> of input shape to have value <wanted:[^,]{{0,60}}?><c:,?> but received…shape <shape:S>',
     readers.axis_value),
    *((f'{_INPUT}{bound}ndim=<wanted:N>, found ndim=<found:N>. Full shape received: <shape:S>',
       said("", f"It takes {words}{{wanted}} axes, counting the batch, and gets {{found}}: {{shape}}."))
      for bound, words in (("min_", "at least "), ("max_", "at most "), ("", ""))),
    (f'{_INPUT}shape=<wanted:S>, found shape=<got:S>', readers.other_shape),
    ('Invalid input shape for input…Expected shape <wanted:S>, but input has incompatible shape <got:S>',
     readers.other_shape),
    ('but received kernel of shape <kernel:S> and input of shape <shape:S>', readers.convolved),
    ('`TimeDistributed` Layer should be passed an…received: <shape:S>', said("TimeDistributed")),
    # sizes that are unknown
    ("must be fully-defined…shape=<size:S> for variable path='<p:P><name:\\w*?><q:/?><weight:\\w+>'",
     said("", "Its {weight} would have the shape {size}: the input's last axis has no known size.", _POOLED)),
    ('inputs to a Dense layer should be defined…shape received: <shape:S>', said("Dense", "", _POOLED)),
    ('channel dimension of the inputs should be defined. The input_shape received is <shape:S>', said("Conv{rank}D")),
    ("unsupported operand type(s) for %: 'NoneType' and 'int'",
     said("", "A convolution's channels are None.", "Input(shape=(None, None, 3)): height and width may be unknown")),
    # the number of values
    ('be unchanged…input_shape<e: ?= ?><values:S>, <t:\\w+_shape><f: ?= ?><target_shape:S>', said("Reshape")),
    ('is a tensor with <held:N> values, but the requested shape <has:has|requires a multiple of> <asked:N>',
     said("", "The tensor has {held} values, the new shape {asked}.", "-1 for one size of the new shape")),
    # several inputs
    ('except for the concatenation axis. <r:[\\w ]+:><e: input_shape=| ><shapes:L>', readers.concatenated),
    ("But found element of shape <other:S>, which…the first element's shape <one:S>", readers.concatenated),
    ('ConcatOp : Dimension…must be equal: <shapes:shape.{0,99}? vs.{0,99}?\\].{0,60}?\\]>', readers.concatenated),
    ('<w:Received shapes|broadcast together with shapes> <first:S> <a:and |><second:S>', said("Add")),
    ('<w:Input shapes are|Incompatible shapes>: <one:S> <a:and|vs.> <other:S>', readers.broadcast),
    ("be equal, but are <a:N> and <b:N> for '<node:[^']{0,400}>' with input shapes: <shapes:L>", readers.broadcast),
    ('axis values <m:N> (at axis <a:N>) != <n:N> (at axis <b:N>). Full input shapes: <shapes:L>', readers.dotted),
    ('<kind:W><r:`?> layer <s:should|must> be called on <how:[^.\\n]{0,99}>. Received: …<shapes:L>',
     said("Add", "It should be called on {how}, and gets {shapes}.", "{type}()([a, b])")),
    ("missing <a:a|1> required <p:positional |>argument: 'value'",
     said("MultiHeadAttention", "It takes a query and a value.", "attention(x, x), of a sequence to itself")),
    ('of `value` and `key`, except the last one, must be equal. Received: value_shape=<value:S> and key_shape=<key:S>',
     said("MultiHeadAttention", "Its value {value} has other positions than its key {key}.", "a key for each value")),
    ('Matrix size-incompatible: In[0]: <a:S>, In[1]: <b:S>…{{node <p:P><name:W>/<o:\\w+>}}', _MULTIPLIED),
    ('Matrix size-incompatible: In[0]: <a:S>, In[1]: <b:S>', _MULTIPLIED),
    ('must be equal, but received `x1.shape=<a:S>…x2.shape=<b:S>', _MULTIPLIED),
    ('ayer "<name:W>" expects <wanted:N> <named:named |>input(s)…it received <got:N> input tensors',
     said("", "The model has {wanted} inputs, and gets {got}.", "a list with an array for each: model([a, b])")),
    # arguments
    ('divisible by the number of groups. Received: groups=<groups:N>, filters=<filters:V>', said("Conv2D")),
    ('number of groups. Received groups=<groups:N>, but…(full input shape is <shape:S>)', said("Conv2D")),
    ('Number of groups (<groups:N>)…the number of channels (<channels:N>)', said("GroupNormalization")),
    ('with `dilation_rate > 1`. Received: strides=<strides:S> and dilation_rate=<dilation_rate:S>', said("Conv2D")),
    ('Received: output_padding=<output_padding:S>, strides=<strides:S>', said("Conv2DTranspose")),
    ('output padding. Received strides=<strides:S>, output_padding=<output_padding:S>', said("Conv2DTranspose")),
    ('for argument `units`, expected a positive integer, got <units:V>', said("LSTM")),
    ('Received input_dim = <input_dim:N> and output_dim = <output_dim:N>', said("Embedding")),
    ('Could not interpret activation function identifier: <activation:W>', said("Activation")),
    ('Unknown activation function<c::?> <q:[\'"]?><activation:W>', said("Activation")),
    ('The `padding` argument must be a list/tuple or one of…Received: <padding:W>', said("Conv2D")),
    ('Causal padding is only supported for `Conv1D`', said("Conv2D", padding="causal")),
    ("'int' object has no attribute 'lower'",
     said("", "If it is a padding: in Keras that is a word, no number.", 'padding="same", which keeps the size')),
    ("Unrecognized keyword arguments passed to <kind:W>: {'<name:W>'", readers.unknown_argument),
    ("<kind:W>.__init__() got an unexpected keyword argument '<name:W>'", readers.unknown_argument),
    ("Keyword argument not understood:', '<name:W>'", readers.unknown_argument),
    ("<kind:W>.__init__() missing <n:N> required positional argument<s:s?>: '<lacks:W>'",
     said("", "{kind} needs {lacks}.", "{kind}({lacks}=…)")),
    ('indices<i:S> = <index:N> is not in [0, <rows:N>)',
     said("Embedding", "It has {rows} rows, from 0 on, and gets {index}.", "input_dim greater than the highest index")),
    ('Input size must be at least <least:\\d+x\\d+>; Received: input_shape=<got:S>',
     said("", "It halves its map so often that {got} is too small.", "images of at least {least}: layers.Resizing")),
    # models and their layers
    ('<w:Graph disconnected: cannot obtain|Output with path `.{0,99}?` is not connected to `inputs`>', said(
        says="An output is computed from an Input that the model isn't given.", fix="each Input in Model(inputs=[…])")),
    ('<w:KerasTensor (?:cannot be used|is symbolic)|symbolic (?:KerasTensor cannot|input)|passing KerasTensor>', said(
        says="An Input has no numbers yet, which a function of TensorFlow or Python wants.", fix=_OPS)),
    ("<w:the layer isn't built|has not yet been built|never been called and thus has no|has no inbound nodes>", said(
        says="It hasn't been called on an input yet, so it has no weights and no shapes.", fix=_BUILT)),
    ('No such layer: <wanted:W>. Existing layers are', said(
        says="No layer is called {wanted}. Keras counts names on in a session.", fix="Conv2D(…, name='{wanted}')")),
    ('<w:Only instances of `keras.Layer` can be added|added layer must be an instance of class Layer>', said(
        says="What is added is no layer of this Keras: a class, a tensor, or of another Keras.", fix=_ONE_KERAS)),
    ('Unrecognized data type: x=', said(says="Keras 3 takes arrays, no lists.", fix="np.array(x), all rows as long")),
    ('input must have <wanted:N> channels; Received `input_shape=<got:S>', said(
        says="Its weights were trained on {wanted} channels: not {got}.", fix="np.repeat(x, 3, -1), or weights=None")),
    ('<w:`classes` should be 1000|`input_shape` should be \\([^)]{0,60}\\)\\.>', said(
        says="Its top was trained for one size and 1,000 classes.", fix="include_top=False, and a Dense of your own")),
    # memory
    ('OOM when allocating tensor with shape<shape:S> and type <type:W>', readers.out_of_memory),
    ('<w:[Tt]ried to allocate|trying to allocate|emory allocating> <held:[\\d.]+ \\w+>',
     said("", "There is no memory left for {held} in one piece.", readers.LESS_MEMORY)),
    # labels
    ('`target.ndim - 1`. Received: target.shape=<target:S>, output.shape=<output:S>', labels(sparse=True)),
    ('Received: target.shape=<target:S>, output.shape=<output:S>', labels(sparse=False)),
    ('the same first dimension, got logits shape <output:S> and labels shape <target:S>', labels(sparse=True)),
    ('the last dimension. Received: labels.shape=<target:S> and logits.shape=<output:S>', labels(sparse=True)),
    ('logits and labels must be broadcastable: logits_size=<output:S> labels_size=<target:S>', labels(sparse=False)),
    ('`logits` and `labels` must have the same shape, received (<output:S> vs <target:S>)', labels(sparse=False)),
    ('Shapes <target:S> and <output:S> are incompatible', labels(sparse=False)),
    ('Received a label value of <label:N> which is outside the valid range of [0, <classes:N>)',
     said("", "A label is {label}, of {classes} classes from 0.", "more outputs, or labels that begin at 0: y - 1")),
    ("Data cardinality is ambiguous…x<q:'?> sizes: <x:N>…y<r:'?> sizes: <y:N>",
     said("", "There are {x} inputs and {y} labels.", "as many labels as inputs: len(x) == len(y)")),
    # weights
    ('Layer <name:W> weight shape <wanted:S> is not…provided weight shape <given:S>', readers.weights_shape),
    ('variable.shape=<wanted:S>, Received: value.shape=<given:S>. Target variable: <<v:Variable> '
     'path=<p:P><name:W>/<w:\\w+>,', readers.weights_shape),
    ("variable ' <name:W>/<w:\\w+>:0': Shape mismatch.The variable shape <wanted:S>, and the assigned value "
     "shape <given:S>", readers.weights_shape),
    ('(named <name:W>)…expects shape <wanted:S>. Received saved weight with shape <given:S>', readers.weights_shape),
    ('<name:W><q:[\'"]> with a weight list of length <given:N>, but…expecting <wanted:N> <what:weights>', _COUNTED),
    ("Layer '<name:W>' expected <wanted:N> <what:variables>, but received <given:N> variables", _COUNTED),
    ('Model expected <wanted:N> <what:layers>, found <given:N> saved layers', _COUNTED),
    # what says least comes last
    ('`<argument:W>`<m:[^`]{0,200}?><r:(?:Received|got):?><n:(?: \\w+ ?=)? ?><value:V>', readers.refused_value),
    ('Invalid value <value:V> received for `<argument:W>`', readers.refused_value),
)
_KINDS = {"S": SHAPE, "L": rf"\[?(?:{SHAPE}[, ]*)+", "N": r"-?\d{1,18}", "W": r"\w{1,60}",
          "P": r"(?:\w{1,60}/){0,9}?", "V": r"\((?:[^()]|\([^()]{0,99}\)){0,99}\)|-?[\d.]{0,20}\d|[^\s,`)]{1,60}"}
# fmt: on


def _compiled(text: str) -> re.Pattern[str]:
    """The regular expression of an error's wording; a space of it may be a line's end."""
    parts = re.split(r"<(\w+):((?:\\.|[^>\\])*)>", text)
    found = ""
    for i in range(0, len(parts), 3):
        found += re.escape(parts[i]).replace("\\ ", r"\s+").replace("…", ".{0,1000}?")
        if i + 1 < len(parts):
            found += f"(?P<{parts[i + 1]}>{_KINDS.get(parts[i + 2], parts[i + 2])})"
    return re.compile(found, re.DOTALL)


PATTERNS = tuple((_compiled(text), reader) for text, reader in _TABLE)
