"""Programs that do harm, or never end, when they are run; each leads to one line, or to the rows before it."""

from __future__ import annotations

_ROW = "from keras import Sequential, layers\nmodel = Sequential([layers.Dense(3, input_shape=(4,))])\n"

HOSTILE = {
    "imports": _ROW + "import os, subprocess\nos.system('touch {mark}')\nsubprocess.run(['touch', '{mark}'])\n",
    "opens a file": _ROW + "open('{mark}', 'w').write('x')\n",
    "eval": _ROW + "eval(\"open('{mark}', 'w')\")\nexec(\"open('{mark}', 'w')\")\n__import__('os').mkdir('{mark}')\n",
    "class attributes": _ROW + "().__class__.__base__.__subclasses__()[0]('{mark}')\n'{{0.__class__}}'.format(1)\n",
    "a decorator": _ROW + "@open('{mark}', 'w').write\ndef f(): pass\n",
    "a default argument": _ROW + "def f(x=open('{mark}', 'w')): pass\nf()\n",
    "an f-string": _ROW + "f\"{{open('{mark}', 'w')}}\"\n",
    "an endless loop": _ROW + "while True: pass\n",
    "an endless loop that adds": _ROW + "while True: model.add(layers.Dense(2))\n",
    "a huge range": _ROW + "for i in range(10**9): model.add(layers.Dense(2))\n",
    "a huge list": _ROW + "x = list(range(10**9))\ny = [0] * 10**10\nz = [i for i in range(10**12)]\n",
    "a long text": _ROW
    + "x = 'a' * 10**10\ny = '%1000000000d' % 1\nz = f'{{1:1000000000d}}'\nw = '{{:>999999999}}'.format(1)\n",
    "a text that doubles": _ROW + "x = 'a'\nwhile True: x = x + x\n",
    "a text that joins": _ROW + "x = 'a' * 9000\ny = x.join([x] * 9000)\n",
    "a tower of powers": _ROW + "x = 9**9**9\ny = 10**1000000000\nz = 2.0**99999\nw = (-9)**(9**9)\nv = 1 << 10**10\n",
    "a number without end": _ROW + "x = 7\nwhile True: x = x * x\n",
    "a factor without end": _ROW + "x = 10**18\nfor i in range(9**9): x *= 10**18\n",
    "recursion": _ROW + "def f(n): return f(n + 1)\nf(0)\n",
    "recursion in two": _ROW + "def f(n): return f(n) + f(n)\nf(0)\n",
    "a list in itself": _ROW + "x = []\nx.append(x)\nlayers.Dense(x)(layers.Input(x))\nprint(x == x, str(x))\n",
    "a list of lists of lists": _ROW + "x = [1, 1]\nfor i in range(60): x = [x, x]\nlayers.Dense(x)\nx == [x]\n",
    "models in models": _ROW
    + "one = two = Sequential([layers.Dense(4)])\nfor n in range(80):\n    i = layers.Input((4,))\n"
    + "    one, two = Model(i, layers.add([one(i), two(i), layers.Dense(4)(i)])), one\n",
    "parentheses": _ROW + "x = " + "(" * 5000 + ")" * 5000 + "\n",
    "signs": _ROW + "x = " + "-" * 50_000 + "1\n",
    "a long sum": _ROW + "x = " + "+".join(["1"] * 50_000) + "\n",
    "attributes": _ROW + "x = a" + ".b" * 100_000 + "\n",
    "calls of calls": _ROW + "x = f" + "()" * 50_000 + "\n",
    "lists in lists": _ROW + "x = " + "[" * 150 + "]" * 150 + "\n",
    "blocks in blocks": _ROW + "".join(" " * i + "if 1:\n" for i in range(95)) + " " * 95 + "pass\n",
    "many lines": _ROW + "x = 1\n" * 40_000,
    "too long a text": _ROW + "x = 1\n" * 2_000_000,
    "a null byte": _ROW + "x = '\0'\n",
    "a class that calls itself": _ROW + "class A:\n  def __init__(self): self.a = A()\nA()\n",
    "a metaclass": _ROW + "class A(metaclass=print): pass\nclass B(B): pass\nA()\nB()\n",
    "comprehensions": _ROW
    + "x = [[[[k for k in range(999)] for j in range(999)] for i in range(999)] for h in range(999)]\n",
    "unpacking": _ROW + "a, *b, c = 1\n*d, e = range(10**9)\nf(*range(10**9), **x)\n",
    "names of the machine": _ROW
    + "model.__class__.__init__(model)\nmodel.add.__globals__['x']\nlayers.Dense.__call__(1)\n",
}
"""By name; `{mark}` is a file that is never written."""
