"""Well-known architectures in as many ways of writing them; sizes are small where Keras would take long to build them.

Each program leaves its model in `model`.
"""

from __future__ import annotations

PROGRAMS = {
    "LeNet-5": """
from tensorflow import keras

model = keras.Sequential([
    keras.layers.Conv2D(6, kernel_size=5, activation='tanh', padding='same', input_shape=(28, 28, 1)),
    keras.layers.AveragePooling2D(2),
    keras.layers.Conv2D(16, kernel_size=5, activation='tanh'),
    keras.layers.AveragePooling2D(2),
    keras.layers.Flatten(),
    keras.layers.Dense(120, activation='tanh'),
    keras.layers.Dense(84, activation='tanh'),
    keras.layers.Dense(10, activation='softmax'),
])
model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy'])
""",
    "AlexNet": """
import keras
from keras.models import Sequential
from keras.layers import Dense, Dropout, Activation, Flatten, Conv2D, MaxPooling2D, BatchNormalization

NUM_CLASSES = 10
IMG = 227 // 2

model = Sequential()
# 1st layer
model.add(Conv2D(filters=48, input_shape=(IMG, IMG, 3), kernel_size=(11, 11), strides=(4, 4), padding='valid'))
model.add(Activation('relu'))
model.add(MaxPooling2D(pool_size=(3, 3), strides=(2, 2), padding='valid'))
model.add(BatchNormalization())
# 2nd to 5th
for filters, kernel in zip([64, 96, 96, 64], [5, 3, 3, 3]):
    model.add(Conv2D(filters=filters, kernel_size=(kernel, kernel), padding='same'))
    model.add(Activation('relu'))
    if kernel == 5 or filters == 64:
        model.add(MaxPooling2D(pool_size=3, strides=2))
model.add(Flatten())
for i in range(2):
    model.add(Dense(128))
    model.add(Activation('relu'))
    model.add(Dropout(0.4))
model.add(Dense(NUM_CLASSES))
model.add(Activation('softmax'))
""",
    "VGG16": """
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import *

cfg = [8, 8, 'M', 16, 16, 'M', 32, 32, 32, 'M', 64, 64, 64, 'M', 64, 64, 64, 'M']

def vgg(cfg, input_shape=(64, 64, 3), classes=10):
    model = Sequential(name='vgg16')
    model.add(InputLayer(shape=input_shape))
    block, n = 1, 1
    for v in cfg:
        if v == 'M':
            model.add(MaxPooling2D((2, 2), strides=(2, 2), name='block%d_pool' % block))
            block += 1
            n = 1
        else:
            model.add(Conv2D(v, (3, 3), padding='same', activation='relu', name='block%d_conv%d' % (block, n)))
            n += 1
    model.add(Flatten(name='flatten'))
    model.add(Dense(256, activation='relu', name='fc1'))
    model.add(Dense(256, activation='relu', name='fc2'))
    model.add(Dense(classes, activation='softmax', name='predictions'))
    return model

model = vgg(cfg)
model.summary()
""",
    "ResNet": """
import keras
from keras import layers as L

bn_axis = 3

def identity_block(input_tensor, kernel_size, filters, stage, block):
    filters1, filters2, filters3 = filters
    conv_name_base = 'res' + str(stage) + block + '_branch'
    bn_name_base = 'bn' + str(stage) + block + '_branch'
    x = L.Conv2D(filters1, (1, 1), kernel_initializer='he_normal', name=conv_name_base + '2a')(input_tensor)
    x = L.BatchNormalization(axis=bn_axis, name=bn_name_base + '2a')(x)
    x = L.Activation('relu')(x)
    x = L.Conv2D(filters2, kernel_size, padding='same', name=conv_name_base + '2b')(x)
    x = L.BatchNormalization(axis=bn_axis, name=bn_name_base + '2b')(x)
    x = L.Activation('relu')(x)
    x = L.Conv2D(filters3, (1, 1), name=conv_name_base + '2c')(x)
    x = L.BatchNormalization(axis=bn_axis, name=bn_name_base + '2c')(x)
    x = L.add([x, input_tensor])
    return L.Activation('relu')(x)

def conv_block(input_tensor, kernel_size, filters, stage, block, strides=(2, 2)):
    filters1, filters2, filters3 = filters
    conv_name_base = 'res' + str(stage) + block + '_branch'
    bn_name_base = 'bn' + str(stage) + block + '_branch'
    x = L.Conv2D(filters1, (1, 1), strides=strides, name=conv_name_base + '2a')(input_tensor)
    x = L.BatchNormalization(axis=bn_axis, name=bn_name_base + '2a')(x)
    x = L.Activation('relu')(x)
    x = L.Conv2D(filters2, kernel_size, padding='same', name=conv_name_base + '2b')(x)
    x = L.BatchNormalization(axis=bn_axis, name=bn_name_base + '2b')(x)
    x = L.Activation('relu')(x)
    x = L.Conv2D(filters3, (1, 1), name=conv_name_base + '2c')(x)
    x = L.BatchNormalization(axis=bn_axis, name=bn_name_base + '2c')(x)
    shortcut = L.Conv2D(filters3, (1, 1), strides=strides, name=conv_name_base + '1')(input_tensor)
    shortcut = L.BatchNormalization(axis=bn_axis, name=bn_name_base + '1')(shortcut)
    x = L.add([x, shortcut])
    return L.Activation('relu')(x)

img_input = L.Input(shape=(64, 64, 3))
x = L.ZeroPadding2D(padding=(3, 3), name='conv1_pad')(img_input)
x = L.Conv2D(16, (7, 7), strides=(2, 2), padding='valid', name='conv1')(x)
x = L.BatchNormalization(axis=bn_axis, name='bn_conv1')(x)
x = L.Activation('relu')(x)
x = L.MaxPooling2D((3, 3), strides=(2, 2))(x)
x = conv_block(x, 3, [8, 8, 32], stage=2, block='a', strides=(1, 1))
for b in 'bc':
    x = identity_block(x, 3, [8, 8, 32], stage=2, block=b)
x = conv_block(x, 3, [16, 16, 64], stage=3, block='a')
for i in range(1, 4):
    x = identity_block(x, 3, [16, 16, 64], stage=3, block=chr(ord('a') + i) if False else 'bcd'[i - 1])
x = L.GlobalAveragePooling2D(name='avg_pool')(x)
x = L.Dense(10, activation='softmax', name='fc10')(x)
model = keras.Model(img_input, x, name='resnet')
""",
    "ResNet v2 with lambdas": """
import tensorflow as tf
from tensorflow.keras import layers, Model

bn_relu = lambda t: layers.ReLU()(layers.BatchNormalization()(t))

def res_unit(x, filters, stride=1, project=None):
    project = x.shape[-1] != filters or stride > 1 if project is None else project
    y = bn_relu(x)
    skip = layers.Conv2D(filters, 1, strides=stride, use_bias=False)(y) if project else x
    y = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(y)
    y = layers.Conv2D(filters, 3, padding="same", use_bias=False)(bn_relu(y))
    return skip + y

inp = layers.Input((32, 32, 3))
x = layers.Conv2D(8, 3, padding='same', use_bias=False)(inp)
for stage, filters in enumerate((8, 16, 32)):
    for unit in range(2):
        x = res_unit(x, filters, stride=2 if stage and not unit else 1)
x = layers.GlobalAvgPool2D()(bn_relu(x))
model = Model(inputs=[inp], outputs=[layers.Dense(10)(x)])
""",
    "U-Net": """
from tensorflow.keras.models import Model
from tensorflow.keras.layers import Input, Conv2D, MaxPooling2D, Dropout, concatenate, UpSampling2D, Conv2DTranspose

def get_unet(img_rows=64, img_cols=64, channels=1, base=4):
    inputs = Input((img_rows, img_cols, channels))
    conv1 = Conv2D(base, (3, 3), activation='relu', padding='same')(inputs)
    conv1 = Conv2D(base, (3, 3), activation='relu', padding='same')(conv1)
    pool1 = MaxPooling2D(pool_size=(2, 2))(conv1)

    conv2 = Conv2D(base * 2, (3, 3), activation='relu', padding='same')(pool1)
    conv2 = Conv2D(base * 2, (3, 3), activation='relu', padding='same')(conv2)
    pool2 = MaxPooling2D(pool_size=(2, 2))(conv2)

    conv3 = Conv2D(base * 4, (3, 3), activation='relu', padding='same')(pool2)
    conv3 = Dropout(0.5)(Conv2D(base * 4, (3, 3), activation='relu', padding='same')(conv3))

    up4 = concatenate([Conv2DTranspose(base * 2, (2, 2), strides=(2, 2), padding='same')(conv3), conv2], axis=3)
    conv4 = Conv2D(base * 2, (3, 3), activation='relu', padding='same')(up4)
    up5 = concatenate([UpSampling2D(size=(2, 2))(conv4), conv1], axis=-1)
    conv5 = Conv2D(base, (3, 3), activation='relu', padding='same')(up5)
    conv6 = Conv2D(1, (1, 1), activation='sigmoid')(conv5)
    return Model(inputs=[inputs], outputs=[conv6])

model = get_unet()
""",
    "U-Net in loops": """
import keras
from keras import layers

def double_conv_block(x, n_filters):
    for _ in range(2):
        x = layers.Conv2D(n_filters, 3, padding="same", activation="relu", kernel_initializer="he_normal")(x)
    return x

def downsample_block(x, n_filters):
    f = double_conv_block(x, n_filters)
    p = layers.MaxPool2D(2)(f)
    p = layers.Dropout(0.3)(p)
    return f, p

def upsample_block(x, conv_features, n_filters):
    x = layers.Conv2DTranspose(n_filters, 3, 2, padding="same")(x)
    x = layers.concatenate([x, conv_features])
    return double_conv_block(layers.Dropout(0.3)(x), n_filters)

inputs = layers.Input(shape=(64, 64, 3))
skips, x = [], inputs
widths = [4 * 2 ** k for k in range(3)]
for n in widths:
    f, x = downsample_block(x, n)
    skips.append(f)
x = double_conv_block(x, 32)
for n, skip in zip(reversed(widths), skips[::-1]):
    x = upsample_block(x, skip, n)
outputs = layers.Conv2D(3, 1, padding="same", activation="softmax")(x)
model = keras.Model(inputs, outputs, name="U-Net")
""",
    "Inception module": """
from keras.layers import Conv2D, MaxPooling2D, Input, Concatenate, GlobalAveragePooling2D, Dense, Flatten
from keras.models import Model

def inception_module(layer_in, f1, f2_in, f2_out, f3_in, f3_out, f4_out):
    # 1x1 conv
    conv1 = Conv2D(f1, (1,1), padding='same', activation='relu')(layer_in)
    # 3x3 conv
    conv3 = Conv2D(f2_in, (1,1), padding='same', activation='relu')(layer_in)
    conv3 = Conv2D(f2_out, (3,3), padding='same', activation='relu')(conv3)
    # 5x5 conv
    conv5 = Conv2D(f3_in, (1,1), padding='same', activation='relu')(layer_in)
    conv5 = Conv2D(f3_out, (5,5), padding='same', activation='relu')(conv5)
    # 3x3 max pooling
    pool = MaxPooling2D((3,3), strides=(1,1), padding='same')(layer_in)
    pool = Conv2D(f4_out, (1,1), padding='same', activation='relu')(pool)
    return Concatenate(axis=-1)([conv1, conv3, conv5, pool])

visible = Input(shape=(56, 56, 3))
layer = inception_module(visible, 64, 96, 128, 16, 32, 32)
layer = inception_module(layer, *[int(c / 4) for c in (128, 128, 192, 32, 96, 64)])
layer = GlobalAveragePooling2D()(layer)
model = Model(inputs=visible, outputs=Dense(units=10, activation='softmax')(layer))
""",
    "MobileNet": """
import tensorflow as tf

def depthwise_separable(x, filters, *, alpha=1.0, strides=1, **options):
    filters = int(filters * alpha)
    x = tf.keras.layers.DepthwiseConv2D((3, 3), strides=strides, padding='same', use_bias=False, **options)(x)
    x = tf.keras.layers.BatchNormalization()(x)
    x = tf.keras.layers.ReLU(6.)(x)
    x = tf.keras.layers.Conv2D(filters, (1, 1), use_bias=False)(x)
    x = tf.keras.layers.BatchNormalization()(x)
    return tf.keras.layers.ReLU(max_value=6.)(x)

inputs = tf.keras.Input(shape=[96, 96, 3])
x = tf.keras.layers.Conv2D(8, 3, 2, 'same', use_bias=False)(inputs)
x = tf.keras.layers.BatchNormalization()(x)
x = tf.keras.layers.ReLU(6.)(x)
for filters, strides in [(16, 1), (32, 2), (32, 1), (64, 2)] + [(64, 1)] * 3 + [(128, 2)]:
    x = depthwise_separable(x, filters, strides=strides, alpha=0.5, depth_multiplier=1)
x = tf.keras.layers.GlobalAveragePooling2D(keepdims=True)(x)
x = tf.keras.layers.Dropout(1e-3)(x)
x = tf.keras.layers.Conv2D(10, 1)(x)
x = tf.keras.layers.Reshape((10,))(x)
model = tf.keras.Model(inputs, tf.keras.layers.Softmax()(x))
""",
    "MobileNetV2": """
from keras import Model
from keras.layers import *

def _make_divisible(v, divisor=8, min_value=None):
    if min_value is None:
        min_value = divisor
    new_v = max(min_value, int(v + divisor / 2) // divisor * divisor)
    if new_v < 0.9 * v:
        new_v += divisor
    return new_v

def _inverted_res_block(inputs, expansion, stride, alpha, filters, block_id):
    prefix = f'block_{block_id}_'
    in_channels = inputs.shape[-1]
    pointwise_filters = _make_divisible(int(filters * alpha), 8)
    x = inputs
    if block_id:
        x = Conv2D(expansion * in_channels, kernel_size=1, padding='same', use_bias=False, name=prefix + 'expand')(x)
        x = BatchNormalization(epsilon=1e-3, momentum=0.999, name=prefix + 'expand_BN')(x)
        x = ReLU(6., name=prefix + 'expand_relu')(x)
    else:
        prefix = 'expanded_conv_'
    x = DepthwiseConv2D(3, strides=stride, use_bias=False, padding='same', name=prefix + 'depthwise')(x)
    x = BatchNormalization(name=prefix + 'depthwise_BN')(x)
    x = ReLU(6., name=prefix + 'depthwise_relu')(x)
    x = Conv2D(pointwise_filters, kernel_size=1, use_bias=False, name=prefix + 'project')(x)
    x = BatchNormalization(name=prefix + 'project_BN')(x)
    if in_channels == pointwise_filters and stride == 1:
        return Add(name=prefix + 'add')([inputs, x])
    return x

inp = Input((64, 64, 3))
x = Conv2D(_make_divisible(32 * .5), 3, strides=(2, 2), padding='same', use_bias=False, name='Conv1')(inp)
setting, k = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2]], 0
for t, c, n, s in setting:
    for i in range(n):
        x = _inverted_res_block(x, t, s if i == 0 else 1, .5, c, block_id=k)
        k += 1
model = Model(inp, Dense(5, activation='softmax')(GlobalAveragePooling2D()(x)))
""",
    "DenseNet": """
from keras import backend as K
from keras import layers, models

def conv_block(x, growth_rate, name):
    bn_axis = 3 if K.image_data_format() == 'channels_last' else 1
    x1 = layers.BatchNormalization(axis=bn_axis, epsilon=1.001e-5, name=name + '_0_bn')(x)
    x1 = layers.Activation('relu', name=name + '_0_relu')(x1)
    x1 = layers.Conv2D(4 * growth_rate, 1, use_bias=False, name=name + '_1_conv')(x1)
    x1 = layers.Conv2D(growth_rate, 3, padding='same', use_bias=False, name=name + '_2_conv')(x1)
    return layers.Concatenate(axis=bn_axis, name=name + '_concat')([x, x1])

def dense_block(x, blocks, name):
    for i in range(blocks):
        x = conv_block(x, 8, name=name + '_block' + str(i + 1))
    return x

def transition_block(x, reduction, name):
    x = layers.BatchNormalization(name=name + '_bn')(x)
    x = layers.Conv2D(int(x.shape[-1] * reduction), 1, use_bias=False, name=name + '_conv')(x)
    return layers.AveragePooling2D(2, strides=2, name=name + '_pool')(x)

img_input = layers.Input(shape=(48, 48, 3))
x = layers.ZeroPadding2D(padding=((3, 3), (3, 3)))(img_input)
x = layers.Conv2D(16, 7, strides=2, use_bias=False, name='conv1_conv')(x)
for n, blocks in enumerate([3, 4], start=2):
    x = dense_block(x, blocks, name='conv{}'.format(n))
    x = transition_block(x, 0.5, name='pool{0}'.format(n))
x = layers.GlobalMaxPooling2D()(x)
model = models.Model(img_input, layers.Dense(10)(x), name='densenet')
""",
    "SegNet": """
import keras
from keras.layers import *
from keras.models import Sequential

kernel, filter_size, pad, pool_size = 3, 16, 1, 2

def create_encoding_layers():
    return [
        ZeroPadding2D(padding=(pad, pad)),
        Conv2D(filter_size, kernel, padding='valid'),
        BatchNormalization(),
        Activation('relu'),
        MaxPooling2D(pool_size=(pool_size, pool_size)),
        ZeroPadding2D(padding=(pad, pad)),
        Conv2D(32, kernel, padding='valid'),
        BatchNormalization(),
    ]

def create_decoding_layers():
    return [
        ZeroPadding2D(padding=(pad, pad)),
        Conv2D(32, kernel, padding='valid'),
        BatchNormalization(),
        UpSampling2D(size=(pool_size, pool_size)),
        ZeroPadding2D(padding=(pad, pad)),
        Conv2D(filter_size, kernel, padding='valid'),
    ]

model = Sequential()
model.add(Input(shape=(32, 48, 3)))
encoding_layers = create_encoding_layers()
for l in encoding_layers:
    model.add(l)
decoding_layers = create_decoding_layers()
for l in decoding_layers:
    model.add(l)
model.add(Conv2D(12, 1, padding='valid'))
model.add(Reshape((32 * 48, 12)))
model.add(Activation('softmax'))
""",
    "DCGAN": """
from __future__ import print_function, division
from keras.layers import Input, Dense, Reshape, Flatten, Dropout, BatchNormalization, Activation, ZeroPadding2D
from keras.layers import LeakyReLU, UpSampling2D, Conv2D
from keras.models import Sequential, Model
from keras.optimizers import Adam
import numpy as np

class DCGAN():
    def __init__(self):
        self.img_rows = 28
        self.img_cols = 28
        self.channels = 1
        self.img_shape = (self.img_rows, self.img_cols, self.channels)
        self.latent_dim = 100
        optimizer = Adam(0.0002, 0.5)
        self.discriminator = self.build_discriminator()
        self.discriminator.compile(loss='binary_crossentropy', optimizer=optimizer)
        self.generator = self.build_generator()
        z = Input(shape=(self.latent_dim,))
        img = self.generator(z)
        self.discriminator.trainable = False
        valid = self.discriminator(img)
        self.combined = Model(z, valid)

    def build_generator(self):
        model = Sequential()
        model.add(Dense(16 * 7 * 7, activation="relu", input_dim=self.latent_dim))
        model.add(Reshape((7, 7, 16)))
        model.add(UpSampling2D())
        model.add(Conv2D(16, kernel_size=3, padding="same"))
        model.add(BatchNormalization(momentum=0.8))
        model.add(Activation("relu"))
        model.add(UpSampling2D())
        model.add(Conv2D(self.channels, kernel_size=3, padding="same"))
        model.add(Activation("tanh"))
        noise = Input(shape=(self.latent_dim,))
        img = model(noise)
        return Model(noise, img)

    def build_discriminator(self):
        model = Sequential()
        model.add(Conv2D(8, kernel_size=3, strides=2, input_shape=self.img_shape, padding="same"))
        model.add(LeakyReLU(0.2))
        model.add(Dropout(0.25))
        model.add(Conv2D(16, kernel_size=3, strides=2, padding="same"))
        model.add(ZeroPadding2D(padding=((0, 1), (0, 1))))
        model.add(BatchNormalization(momentum=0.8))
        model.add(Flatten())
        model.add(Dense(1, activation='sigmoid'))
        img = Input(shape=self.img_shape)
        validity = model(img)
        return Model(img, validity)

dcgan = DCGAN()
model = dcgan.combined
""",
    "DCGAN generator": """
import keras
from keras import layers

latent_dim = 128
model = generator = keras.Sequential(
    [
        keras.Input(shape=(latent_dim,)),
        layers.Dense(8 * 8 * 32),
        layers.Reshape((8, 8, 32)),
        *[
            layer
            for width in (32, 64)
            for layer in (layers.Conv2DTranspose(width, kernel_size=4, strides=2, padding="same"), layers.LeakyReLU())
        ],
        layers.Conv2D(3, kernel_size=5, padding="same", activation="sigmoid"),
    ],
    name="generator",
)
generator.summary()
""",
    "Autoencoder": """
from keras.layers import Input, Conv2D, MaxPooling2D, UpSampling2D, Dense, Flatten, Reshape
from keras.models import Model
from keras.datasets import mnist

(x_train, _), (x_test, _) = mnist.load_data()
x_train = x_train.astype('float32') / 255.

input_img = Input(shape=(28, 28, 1))
x = Conv2D(16, (3, 3), activation='relu', padding='same')(input_img)
x = MaxPooling2D((2, 2), padding='same')(x)
x = Conv2D(8, (3, 3), activation='relu', padding='same')(x)
encoded = MaxPooling2D((2, 2), padding='same')(x)

encoder = Model(input_img, encoded, name='encoder')

latent = Input(shape=encoder.output_shape[1:], name='latent')
y = Conv2D(8, (3, 3), activation='relu', padding='same')(latent)
y = UpSampling2D((2, 2))(y)
y = Conv2D(16, (3, 3), activation='relu', padding='same')(y)
y = UpSampling2D((2, 2))(y)
decoded = Conv2D(1, (3, 3), activation='sigmoid', padding='same')(y)
decoder = Model(latent, decoded, name='decoder')

model = autoencoder = Model(input_img, decoder(encoder(input_img)), name='autoencoder')
autoencoder.compile(optimizer='adadelta', loss='binary_crossentropy')
autoencoder.fit(x_train, x_train, epochs=50, batch_size=128, shuffle=True)
""",
    "Variational autoencoder": """
import numpy as np
import keras
from keras import layers, ops

original_shape = (28, 28, 1)
original_dim = np.prod(original_shape)
intermediate_dim, latent_dim = 64, 2

inputs = keras.Input(shape=(int(original_dim),), name='encoder_input')
h = layers.Dense(intermediate_dim, activation='relu')(inputs)
z_mean = layers.Dense(latent_dim, name='z_mean')(h)
z_log_sigma = layers.Dense(latent_dim, name='z_log_sigma')(h)
spread = ops.exp(0.5 * z_log_sigma)
z = z_mean + spread * 0.1
decoder_h = layers.Dense(intermediate_dim, activation='relu')
decoder_mean = layers.Dense(int(original_dim), activation='sigmoid')
model = keras.Model(inputs, [decoder_mean(decoder_h(z)), z_mean, z_log_sigma])
""",
    "TextCNN": """
from tensorflow.keras import Input, Model
from tensorflow.keras.layers import Embedding, Dense, Conv1D, GlobalMaxPooling1D, Concatenate, Dropout

class TextCNN(object):
    def __init__(self, maxlen, max_features, embedding_dims, class_num=1, last_activation='sigmoid'):
        self.maxlen = maxlen
        self.max_features = max_features
        self.embedding_dims = embedding_dims
        self.class_num = class_num
        self.last_activation = last_activation

    def get_model(self):
        input = Input((self.maxlen,))
        embedding = Embedding(self.max_features, self.embedding_dims)(input)
        convs = []
        for kernel_size in [3, 4, 5]:
            c = Conv1D(16, kernel_size, activation='relu')(embedding)
            c = GlobalMaxPooling1D()(c)
            convs.append(c)
        x = Concatenate()(convs)
        output = Dense(self.class_num, activation=self.last_activation)(x)
        return Model(inputs=input, outputs=output)

model = TextCNN(40, 500, 20).get_model()
model.compile('adam', 'binary_crossentropy', metrics=['accuracy'])
""",
    "Bidirectional LSTM": """
from keras.models import Sequential
from keras.layers import Dense, Embedding, LSTM, Bidirectional, TimeDistributed, SpatialDropout1D, GRU

max_words = 1_000
model = Sequential()
model.add(Embedding(max_words, 32))
model.add(SpatialDropout1D(0.2))
model.add(Bidirectional(LSTM(16, return_sequences=True, dropout=0.2, recurrent_dropout=0.2)))
model.add(GRU(8, return_sequences=True))
model.add(TimeDistributed(Dense(4, activation='softmax')))
model.build((None, 50))
""",
    "Seq2seq": """
from keras.models import Model
from keras.layers import Input, LSTM, Dense

latent_dim = 32
num_encoder_tokens, num_decoder_tokens = 71, 93

encoder_inputs = Input(shape=(None, num_encoder_tokens))
encoder = LSTM(latent_dim, return_state=True)
encoder_outputs, state_h, state_c = encoder(encoder_inputs)
# We discard `encoder_outputs` and only keep the states.
encoder_states = [state_h, state_c]

decoder_inputs = Input(shape=(None, num_decoder_tokens))
decoder_lstm = LSTM(latent_dim, return_sequences=True, return_state=True)
decoder_outputs, _, _ = decoder_lstm(decoder_inputs, initial_state=encoder_states)
decoder_dense = Dense(num_decoder_tokens, activation='softmax')
decoder_outputs = decoder_dense(decoder_outputs)
model = Model([encoder_inputs, decoder_inputs], decoder_outputs)

encoder_model = Model(encoder_inputs, encoder_states)
""",
    "Transformer block": """
import keras
from keras import layers

def transformer_encoder(inputs, head_size, num_heads, ff_dim, dropout=0):
    # Attention and Normalization
    x = layers.MultiHeadAttention(key_dim=head_size, num_heads=num_heads, dropout=dropout)(inputs, inputs)
    x = layers.Dropout(dropout)(x)
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    res = x + inputs
    # Feed Forward Part
    x = layers.Conv1D(filters=ff_dim, kernel_size=1, activation="relu")(res)
    x = layers.Dropout(dropout)(x)
    x = layers.Conv1D(filters=inputs.shape[-1], kernel_size=1)(x)
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    return x + res

def build_model(input_shape, head_size, num_heads, ff_dim, num_transformer_blocks, mlp_units, dropout=0, mlp_dropout=0):
    inputs = keras.Input(shape=input_shape)
    x = inputs
    for _ in range(num_transformer_blocks):
        x = transformer_encoder(x, head_size, num_heads, ff_dim, dropout)
    x = layers.GlobalAveragePooling1D(data_format="channels_last")(x)
    for dim in mlp_units:
        x = layers.Dense(dim, activation="relu")(x)
        x = layers.Dropout(mlp_dropout)(x)
    outputs = layers.Dense(2, activation="softmax")(x)
    return keras.Model(inputs, outputs)

model = build_model((50, 1), head_size=16, num_heads=2, ff_dim=4, num_transformer_blocks=2, mlp_units=[16],
                    mlp_dropout=0.4, dropout=0.25)
""",
    "Siamese": """
import keras
from keras import layers, ops
from keras.models import Sequential, Model

def make_embedding(size):
    seq = Sequential(name='embedding_net')
    seq.add(layers.Conv2D(8, (7, 7), activation='relu', input_shape=(size, size, 1)))
    seq.add(layers.MaxPooling2D())
    seq.add(layers.Flatten())
    seq.add(layers.Dense(16, activation='sigmoid'))
    return seq

left_input, right_input = layers.Input((35, 35, 1), name='left'), layers.Input((35, 35, 1), name='right')
twin = make_embedding(35)
encoded_l, encoded_r = twin(left_input), twin(right_input)
distance = layers.Subtract()([encoded_l, encoded_r])
distance = ops.abs(distance)
prediction = layers.Dense(1, activation='sigmoid')(distance)
model = Model(inputs=[left_input, right_input], outputs=prediction)
""",
    "WaveNet": """
from keras.layers import Conv1D, Input, Activation, Multiply, Add, Lambda, Dense, Flatten
from keras.models import Model

n_filters = 8
filter_width = 2
dilation_rates = [2**i for i in range(6)] * 2

history_seq = Input(shape=(None, 1))
x = history_seq
skips = []
for dilation_rate in dilation_rates:
    x = Conv1D(16, 1, padding='same', activation='relu')(x)
    x_f = Conv1D(filters=n_filters, kernel_size=filter_width, padding='causal', dilation_rate=dilation_rate)(x)
    x_g = Conv1D(filters=n_filters, kernel_size=filter_width, padding='causal', dilation_rate=dilation_rate)(x)
    z = Multiply()([Activation('tanh')(x_f), Activation('sigmoid')(x_g)])
    z = Conv1D(16, 1, padding='same', activation='relu')(z)
    x = Add()([x, z])
    skips.append(z)
out = Activation('relu')(Add()(skips))
out = Conv1D(128, 1, padding='same')(out)
out = Conv1D(1, 1, padding='same')(out)
model = Model(history_seq, out)
""",
    "Squeeze and excitation": """
import tensorflow.keras.backend as K
from tensorflow.keras.layers import *
from tensorflow.keras.models import Model

def se_block(in_block, ratio=4):
    ch = in_block.shape[-1]
    x = GlobalAveragePooling2D()(in_block)
    x = Reshape((1, 1, ch))(x)
    x = Dense(ch // ratio, activation='relu')(x)
    x = Dense(ch, activation='sigmoid')(x)
    return multiply([in_block, x])

i = Input(shape=(32, 32, 3))
x = i
for n_filters in (16, 32):
    x = Conv2D(n_filters, 3, padding='same')(x)
    x = PReLU(shared_axes=[1, 2])(x)
    x = se_block(x)
    x = MaxPooling2D()(x)
x = Flatten()(x)
model = Model(i, Dense(10, activation='softmax')(x))
""",
    "Wide and deep": """
import keras

input_A = keras.layers.Input(shape=[5], name="wide_input")
input_B = keras.layers.Input(shape=[6], name="deep_input")
hidden1 = keras.layers.Dense(30, activation="relu")(input_B)
hidden2 = keras.layers.Dense(30, activation="relu")(hidden1)
concat = keras.layers.concatenate([input_A, hidden2])
output = keras.layers.Dense(1, name="main_output")(concat)
aux_output = keras.layers.Dense(1, name="aux_output")(hidden2)
model = keras.models.Model(inputs=[input_A, input_B], outputs=[output, aux_output])
""",
    "Fire modules": """
from keras.models import Model
from keras.layers import Input, Convolution2D, MaxPooling2D, Activation, concatenate, Dropout, GlobalAveragePooling2D

sq1x1 = "squeeze1x1"
exp1x1 = "expand1x1"
exp3x3 = "expand3x3"
relu = "relu_"

def fire_module(x, fire_id, squeeze=16, expand=64):
    s_id = 'fire' + str(fire_id) + '/'
    channel_axis = 3
    x = Convolution2D(squeeze, (1, 1), padding='valid', name=sq1x1 + s_id[4:-1])(x)
    x = Activation('relu', name=relu + sq1x1 + str(fire_id))(x)
    left = Convolution2D(expand, (1, 1), padding='valid', name=exp1x1 + str(fire_id))(x)
    left = Activation('relu')(left)
    right = Convolution2D(expand, (3, 3), padding='same', name=exp3x3 + str(fire_id))(x)
    right = Activation('relu')(right)
    return concatenate([left, right], axis=channel_axis, name='concat_%02d' % fire_id)

def SqueezeNet(input_shape=(64, 64, 3), pooling=None, classes=10, include_top=True, weights=None):
    img_input = Input(shape=input_shape)
    x = Convolution2D(64, (3, 3), strides=(2, 2), padding='valid', name='conv1')(img_input)
    x = MaxPooling2D(pool_size=(3, 3), strides=(2, 2), name='pool1')(x)
    x = fire_module(x, fire_id=2, squeeze=16, expand=64)
    x = fire_module(x, fire_id=3, squeeze=16, expand=64)
    if include_top:
        x = Dropout(0.5, name='drop9')(x)
        x = Convolution2D(classes, (1, 1), padding='valid', name='conv10')(x)
        x = GlobalAveragePooling2D()(x)
        x = Activation('softmax', name='loss')(x)
    elif pooling == 'avg':
        x = GlobalAveragePooling2D()(x)
    model = Model(img_input, x, name='squeezenet')
    if weights == 'imagenet':
        model.load_weights('squeezenet.h5')
    return model

if __name__ == '__main__':
    model = SqueezeNet()
    print(model.count_params())
""",
    "Fully convolutional network": """
import keras
from keras.layers import Conv2D, MaxPooling2D, Conv2DTranspose, Add, Cropping2D, Input, Activation

def FCN8(n_classes, input_height=64, input_width=64):
    assert input_height % 32 == 0
    img = Input(shape=(input_height, input_width, 3))
    x, levels = img, {}
    for level, (width, convs) in enumerate([(8, 2), (8, 2), (16, 3), (32, 3), (32, 3)], 1):
        for c in range(1, convs + 1):
            x = Conv2D(width, 3, activation='relu', padding='same', name=f'block{level}_conv{c}')(x)
        x = levels[f'f{level}'] = MaxPooling2D(2, strides=2, name=f'block{level}_pool')(x)
    o = Conv2D(n_classes, 1, kernel_initializer=keras.initializers.HeNormal())(levels['f5'])
    o = Conv2DTranspose(n_classes, kernel_size=4, strides=2, use_bias=False)(o)
    o = Cropping2D(1)(o)
    o2 = Conv2D(n_classes, (1, 1))(levels.get('f4'))
    o = Add(name='score_pool4')([o, o2])
    o = Conv2DTranspose(n_classes, kernel_size=(32, 32), strides=(16, 16), padding='same', use_bias=False)(o)
    return keras.models.Model(img, Activation('softmax')(o))

model = FCN8(n_classes=21)
""",
    "Vision transformer": """
import keras
from keras import layers, ops

image_size, patch_size, projection_dim = 24, 6, 16
num_patches = (image_size // patch_size) ** 2
transformer_units = [projection_dim * 2, projection_dim]

def mlp(x, hidden_units, dropout_rate):
    for units in hidden_units:
        x = layers.Dense(units, activation=keras.activations.gelu)(x)
        x = layers.Dropout(dropout_rate)(x)
    return x

inputs = keras.Input(shape=(image_size, image_size, 3))
patches = layers.Conv2D(projection_dim, patch_size, patch_size)(inputs)
encoded = layers.Reshape((num_patches, projection_dim))(patches)
encoded = layers.Dropout(0.1)(encoded)
for _ in range(2):
    x1 = layers.LayerNormalization(epsilon=1e-6)(encoded)
    attention_output = layers.MultiHeadAttention(num_heads=2, key_dim=projection_dim, dropout=0.1)(x1, x1)
    x2 = layers.Add()([attention_output, encoded])
    x3 = layers.LayerNormalization(epsilon=1e-6)(x2)
    x3 = mlp(x3, hidden_units=transformer_units, dropout_rate=0.1)
    encoded = layers.Add()([x3, x2])
token = ops.mean(encoded, axis=1)
first = encoded[:, 0]
features = layers.Concatenate()([token, first])
model = keras.Model(inputs=inputs, outputs=layers.Dense(10)(features))
""",
}
