/* SPDX-License-Identifier: MIT */
/* C++ with what the plugin might stumble over: templates, lambdas, destructors, exceptions. */
#include <string>
#include <vector>

template <class T> static T sum(const T &left, const T &right)
{
        return left + right;
}

struct counted {
        static int alive;
        std::vector<int> values;

        counted() { alive++; }
        ~counted() { alive--; }
};

int counted::alive;

int main()
{
        int caught = 0;

        try {
                counted one;
                auto add = [&](int x) { one.values.push_back(sum(x, 1)); };

                add(1);
                if (one.values.back() == 2)
                        throw std::string("two");
        } catch (const std::string &what) {
                caught = what == "two";
        }
        return caught == 1 && counted::alive == 0 ? 0 : 1;
}
